/** The data sheet: registers, doorbells, descriptors, commands. */
module io.erdma.hw {
    requires transitive io.erdma.core;
    requires static org.jspecify;
}
