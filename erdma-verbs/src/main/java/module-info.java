/** The verbs: device, context, protection domains, memory regions, completion queues, queue pairs. */
module io.erdma.verbs {
    requires transitive io.erdma.qp;
    requires io.erdma.cq;
    requires transitive io.erdma.eq;
    requires transitive io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.verbs;
}
