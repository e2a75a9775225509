/** What a kernel gives a driver: the HAL, network devices, errno, clock and executors, and the vocabulary of verbs. */
module io.erdma.core {
    requires org.slf4j;
    requires static org.jspecify;
}
