/** Queue pairs: send and receive rings and the state machine. */
module io.erdma.qp {
    requires transitive io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.qp;
}
