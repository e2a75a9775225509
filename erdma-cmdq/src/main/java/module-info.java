/** The command queue: how the driver asks the card for anything. */
module io.erdma.cmdq {
    requires transitive io.erdma.eq;
    requires transitive io.erdma.hw;
    requires transitive io.erdma.core;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.erdma.cmdq;
}
