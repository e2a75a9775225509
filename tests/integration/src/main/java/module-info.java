/** The tests are patched into this module, so that they find the libraries as an application on the module path does. */
module io.erdma.tests.integration {
    requires io.erdma.driver;
    requires io.erdma.model;
    requires io.erdma.junit;
    requires io.erdma.core.testing;
    requires jdk.management;

    uses io.erdma.core.host.HalProvider;
}
