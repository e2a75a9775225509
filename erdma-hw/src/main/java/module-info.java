/** The data sheet: registers, doorbells, descriptors, commands, the command channel and the user ABI. */
module io.erdma.hw {
    requires transitive io.erdma.core;
    requires static org.jspecify;

    exports io.erdma.hw;
    exports io.erdma.hw.abi;
    exports io.erdma.hw.cmd;
    exports io.erdma.hw.text;
}
