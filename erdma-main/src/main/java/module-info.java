/** The driver as one library: probe and remove, and the binding to a network device. */
module io.erdma.driver {
    requires transitive io.erdma.cm;
    requires transitive io.erdma.provider;
    requires transitive io.erdma.verbs;
    requires io.erdma.qp;
    requires io.erdma.cq;
    requires transitive io.erdma.cmdq;
    requires transitive io.erdma.eq;
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.driver;
}
