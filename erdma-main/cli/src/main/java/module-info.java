/** The command erdma. */
module io.erdma.cli {
    requires io.erdma.driver;
    requires io.erdma.model;
    requires info.picocli;
    requires org.slf4j;
    requires static org.jspecify;

    opens io.erdma.cli to info.picocli;
    opens io.erdma.cli.card to info.picocli;
    opens io.erdma.cli.demo to info.picocli;
}
