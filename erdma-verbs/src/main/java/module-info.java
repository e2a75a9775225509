/** The verbs: device, context, protection domains, memory regions, completion queues, queue pairs. */
module io.erdma.verbs {
    requires io.erdma.qp;
    requires io.erdma.cq;
    requires io.erdma.eq;
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;
}
