package io.erdma.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** What a run of the command left: its exit status and both outputs. */
public record Ran(int status, String out, String err) {
    /** Runs the command as the shell would. */
    static Ran erdma(String... args) {
        return of(Main.commandLine(), args);
    }

    /** Runs a command line. */
    public static Ran of(CommandLine command, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(args);
        return new Ran(status, out.toString(), err.toString());
    }

    /** The lines of its output. */
    public List<String> lines() {
        return out.lines().toList();
    }

    /** Checks that it did its work and complains of nothing. */
    public Ran assertDone() {
        assertThat(err).isEmpty();
        assertThat(status).isZero();
        return this;
    }

    /** Checks that it failed with one line of complaint, and showed nothing. */
    public Ran assertRefused(int expectedStatus, String complaint) {
        assertThat(out).isEmpty();
        assertThat(err.lines()).singleElement().asString().startsWith("erdma: ").contains(complaint);
        assertThat(status).isEqualTo(expectedStatus);
        return this;
    }
}
