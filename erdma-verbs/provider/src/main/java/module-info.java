/** User verbs: what an application uses of a device, straight on its own queues. */
module io.erdma.provider {
    requires transitive io.erdma.verbs;
    requires io.erdma.qp;
    requires io.erdma.cq;
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires static org.jspecify;

    exports io.erdma.provider;
}
