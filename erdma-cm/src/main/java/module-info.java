/** The iWARP connection manager: end points, MPA, and an API like that of rdma_cm. */
module io.erdma.cm {
    requires transitive io.erdma.verbs;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.cm;
}
