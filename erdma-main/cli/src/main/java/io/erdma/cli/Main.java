package io.erdma.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code erdma}: its subcommands do the work, this one only names them. */
@Command(name = "erdma", description = "Drives modelled ERDMA cards.")
public final class Main implements Runnable {
    @Spec private CommandSpec spec;

    @Option(names = { "-h", "--help" }, usageHelp = true, scope = CommandLine.ScopeType.INHERIT,
            description = "Says how to use the command.")
    @SuppressWarnings("unused") // picocli answers it
    private boolean help;

    private Main() {}

    /**
     * Runs the command and ends the JVM with its exit status: 0 done, 1 failed, 2 used wrongly.
     *
     * @param args the arguments as the shell gave them
     */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a subcommand.");
    }
}
