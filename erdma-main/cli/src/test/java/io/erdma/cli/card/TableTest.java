package io.erdma.cli.card;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void cellsStandInColumns_numbersToTheRight_theFirstColumnToTheLeft() {
        Table table = new Table("way", "bytes", "verified");
        table.add("SEND/RECV", 5, "yes");
        table.add("9 ways", 12_345_678, "NO");
        StringWriter text = new StringWriter();

        table.print(new PrintWriter(text), "  ");

        assertThat(text.toString().lines()).containsExactly(
                "  way           bytes  verified",
                "  SEND/RECV         5  yes",
                "  9 ways     12345678  NO");
    }

    @Test
    void withoutRows_onlyTheHeadingsAreThere() {
        StringWriter text = new StringWriter();

        new Table("a", "b").print(new PrintWriter(text), "");

        assertThat(text.toString().lines()).containsExactly("a  b");
    }
}
