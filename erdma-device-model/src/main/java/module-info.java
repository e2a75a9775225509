/** The model of the card: virtual ports, functions, engines, flow rules and the fabric between them. */
module io.erdma.model {
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.model;
    exports io.erdma.model.flow;
    exports io.erdma.model.profile;
    exports io.erdma.model.spec;
    exports io.erdma.model.vfio;

    provides io.erdma.core.host.HalProvider with io.erdma.model.MocProvider;
}
