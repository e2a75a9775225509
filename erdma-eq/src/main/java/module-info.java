/** Event queues: the asynchronous one, the completion ones, and their vectors. */
module io.erdma.eq {
    requires transitive io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.eq;
}
