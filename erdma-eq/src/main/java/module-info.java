/** Event queues: the asynchronous one, the completion ones, and their vectors. */
module io.erdma.eq {
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;
}
