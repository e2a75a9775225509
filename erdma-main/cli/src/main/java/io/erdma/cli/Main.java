package io.erdma.cli;

import io.erdma.cli.demo.DemoCommand;
import io.erdma.core.errno.ErrnoException;
import java.util.Locale;
import java.util.Set;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code erdma}: its subcommands do the work, this one only names them. */
@Command(
        name = "erdma", description = "Drives modelled ERDMA cards.",
        subcommands = { DemoCommand.class, DevinfoCommand.class, LinkCommand.class, ResCommand.class,
            ServeCommand.class },
        footer = { "", "Exit status: 0 done, 1 failed, 2 used wrongly." })
public final class Main implements Runnable {
    /** What log4j2.properties reads. */
    static final String LOG_LEVEL = "erdma.log";

    private static final Set<String> LEVELS = Set.of("off", "error", "warn", "info", "debug", "trace");

    @Spec private CommandSpec spec;

    @Option(
            names = { "-h", "--help" }, usageHelp = true, scope = CommandLine.ScopeType.INHERIT,
            description = "Says how to use the command.")
    @SuppressWarnings("unused") // picocli answers it
    private boolean help;

    private Main() {}

    @Option(
            names = "--log-level", paramLabel = "LEVEL", scope = CommandLine.ScopeType.INHERIT,
            description = "off, error, warn (unless given), info, debug or trace; logs go to the standard error output.")
    @SuppressWarnings("unused") // picocli calls it
    private void setLogLevel(String level) {
        if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
            throw new ParameterException(spec.commandLine(), "No log level '" + level + "'.");
        }
        // read when the first logger is made, which is after this
        System.setProperty(LOG_LEVEL, level);
    }

    /**
     * Runs the command and ends the JVM with its exit status: 0 done, 1 failed, 2 used wrongly.
     *
     * @param args the arguments as the shell gave them
     */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // the same output for everybody
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(Main::usedWrongly)
                .setExecutionExceptionHandler(Main::failed);
    }

    private static int usedWrongly(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        String message = String.valueOf(e.getMessage());
        complain(command, message + (message.endsWith(".") ? "" : ".") + " Try '"
                + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine command, CommandLine.ParseResult result) {
        LoggerFactory.getLogger(Main.class).debug("the command failed", e);
        complain(command, e instanceof ErrnoException ? String.valueOf(e.getMessage()) : e.toString());
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** One line, whatever is in the names that the user gave. */
    private static void complain(CommandLine command, String message) {
        command.getErr().println("erdma: " + message.replaceAll("\\R", " "));
        command.getErr().flush();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a subcommand.");
    }
}
