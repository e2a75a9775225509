/** The tests use the libraries as an application does: the driver, and the model of the card. */
module io.erdma.tests.conformance {
    requires io.erdma.driver;
    requires io.erdma.model;
    requires io.erdma.core.testing;

    uses io.erdma.core.host.HalProvider;
}
