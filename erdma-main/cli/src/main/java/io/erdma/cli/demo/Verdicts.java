package io.erdma.cli.demo;

import java.io.PrintWriter;

/** Says of each thing whether it is as it should be, and remembers whether all were. */
final class Verdicts {
    private final PrintWriter out;
    private int failures;

    Verdicts(PrintWriter out) {
        this.out = out;
    }

    void check(boolean good, String what) {
        out.println((good ? "  ok      " : "  FAILED  ") + what);
        out.flush();
        failures += good ? 0 : 1;
    }

    /** Says what there is to know, which is neither good nor bad. */
    void note(String what) {
        out.println("  -       " + what);
        out.flush();
    }

    boolean allGood() {
        return failures == 0;
    }

    int failures() {
        return failures;
    }
}
