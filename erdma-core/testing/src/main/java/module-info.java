/** Test doubles of the core: manual clock and executors, fake function, fake network device. */
module io.erdma.core.testing {
    requires transitive io.erdma.core;
    requires static org.jspecify;

    exports io.erdma.core.testing;
}
