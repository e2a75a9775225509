/** A JUnit Jupiter extension that gives a test a card with two connected hosts. */
module io.erdma.junit {
    requires transitive io.erdma.driver;
    requires transitive io.erdma.model;
    requires transitive org.junit.jupiter.api;
    requires org.junit.platform.commons;
    requires static org.jspecify;

    exports io.erdma.junit;
}
