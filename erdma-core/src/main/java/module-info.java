/** What a kernel gives a driver: the HAL, network devices, errno, clock and executors, and the vocabulary of verbs. */
module io.erdma.core {
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports io.erdma.core.errno;
    exports io.erdma.core.exec;
    exports io.erdma.core.fault;
    exports io.erdma.core.hal;
    exports io.erdma.core.hal.device;
    exports io.erdma.core.host;
    exports io.erdma.core.ids;
    exports io.erdma.core.leak;
    exports io.erdma.core.link;
    exports io.erdma.core.net;
    exports io.erdma.core.process;
    exports io.erdma.core.verbs;
}
