package io.erdma.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final StringWriter screen = new StringWriter();

    private ProgressBar bar(boolean terminal, long total) {
        return new ProgressBar(new PrintWriter(screen), terminal, "SEND", total);
    }

    @Test
    void onATerminal_itGrowsOverItself_andGoesAway() {
        ProgressBar bar = bar(true, 400);

        bar.accept(100);
        assertThat(screen).hasToString("\r  SEND       [" + "#".repeat(10) + " ".repeat(30) + "]  25 %");
        bar.accept(400);
        assertThat(screen.toString()).endsWith("\r  SEND       [" + "#".repeat(40) + "] 100 %");
        int drawn = screen.toString().length();
        bar.erase();

        String erased = screen.toString().substring(drawn);
        assertThat(erased).startsWith("\r").endsWith("\r").isBlank();
        assertThat(erased.length() - 2).isGreaterThanOrEqualTo("  SEND       [] 100 %".length() + 40);
    }

    @Test
    void whatWouldLookTheSame_isNotDrawnAgain() {
        ProgressBar bar = bar(true, 1L << 62);

        bar.accept(1L << 61);
        String drawn = screen.toString();
        bar.accept((1L << 61) + 1);

        assertThat(drawn).contains(" 50 %");
        assertThat(screen).hasToString(drawn);
    }

    @Test
    void nothingToDo_isDone() {
        bar(true, 0).accept(0);

        assertThat(screen.toString()).contains("] 100 %");
    }

    @Test
    void withoutATerminal_nothingIsDrawn() {
        ProgressBar bar = bar(false, 10);

        bar.accept(5);
        bar.erase();

        assertThat(screen.toString()).isEmpty();
    }
}
