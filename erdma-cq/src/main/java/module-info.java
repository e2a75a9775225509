/** Completion queues: poll and arm. */
module io.erdma.cq {
    requires transitive io.erdma.hw;
    requires transitive io.erdma.core;
    requires static org.jspecify;

    exports io.erdma.cq;
}
