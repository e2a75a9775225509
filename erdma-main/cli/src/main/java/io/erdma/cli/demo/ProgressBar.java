package io.erdma.cli.demo;

import java.io.PrintWriter;
import java.util.function.LongConsumer;

/** A bar on the terminal, drawn over itself; nothing where there is no terminal. */
final class ProgressBar implements LongConsumer {
    private static final int WIDTH = 40;

    private final PrintWriter terminal;
    private final boolean shown;
    private final String title;
    private final long total;
    private int drawn = -1;

    ProgressBar(PrintWriter terminal, boolean shown, String title, long total) {
        this.terminal = terminal;
        this.shown = shown;
        this.title = title;
        this.total = total;
    }

    @Override
    public void accept(long done) {
        int filled = total == 0 ? WIDTH : (int) ((double) done / total * WIDTH);
        if (shown && filled != drawn) {
            drawn = filled;
            terminal.print("\r  %-10s [%s%s] %3d %%".formatted(
                    title, "#".repeat(filled), " ".repeat(WIDTH - filled),
                    total == 0 ? 100 : (int) ((double) done / total * 100)));
            terminal.flush();
        }
    }

    /** Takes the bar away. */
    void erase() {
        if (shown) {
            terminal.print("\r" + " ".repeat(WIDTH + 24) + "\r");
            terminal.flush();
        }
    }
}
