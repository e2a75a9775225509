/** Completion queues: poll and arm. */
module io.erdma.cq {
    requires io.erdma.hw;
    requires transitive io.erdma.core;
    requires static org.jspecify;
}
