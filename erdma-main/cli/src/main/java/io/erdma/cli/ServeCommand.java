package io.erdma.cli;

import io.erdma.cli.card.CardOptions;
import io.erdma.model.Trace;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code erdma serve}: functions of one card as PCI devices of virtual machines, until the command is told to end. */
@Command(
        name = "serve", description = "Serves functions of a card to virtual machines (QEMU, vfio-user).",
        footer = { "", "QEMU takes a function with",
            "  -device '{\"driver\":\"vfio-user-pci\",\"socket\":{\"path\":\"PATH\",\"type\":\"unix\"}}'",
            "and guest memory that can be shared: -object memory-backend-memfd,share=on,…",
            "SIGTERM or SIGINT end the command, with status 0." })
final class ServeCommand implements Callable<Integer> {
    private static final double NANO = 1e-9;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Spec private CommandSpec spec;
    @Mixin private CardOptions card;

    @ArgGroup(multiplicity = "1") private Where where = new Where();

    @Option(names = "--vport", paramLabel = "NAME",
            description = "Whose function is served on --socket; without it, that of the first vport.") private Optional<String> vport = Optional
                    .empty();

    @Option(
            names = "--trace",
            description = "Prints what the guests' drivers do: register accesses, commands, requests, completions, events.") private boolean trace;

    /** One socket, or one a function. */
    static final class Where {
        @Option(names = "--socket", required = true, paramLabel = "PATH",
                description = "Serves one function on this socket.") private Optional<Path> socket = Optional
                        .empty();
        @Option(
                names = "--sockets", required = true, paramLabel = "DIR",
                description = "Serves all functions of the card, each on DIR/VPORT.sock (a vport's further ones on DIR/VPORT.2.sock …).") private Optional<Path> directory = Optional
                        .empty();
    }

    @Override
    public Integer call() throws InterruptedException {
        if (where.socket.isEmpty() && where.directory.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Name a socket: --socket PATH or --sockets DIR.");
        }
        if (where.directory.isPresent() && vport.isPresent()) {
            throw new ParameterException(spec.commandLine(), "--vport goes with --socket.");
        }
        PrintWriter out = spec.commandLine().getOut();
        long start = System.nanoTime();
        ServedCard served = new ServedCard(card.spec(), !trace ? Optional.empty() : Optional.of(new Trace(line -> {
            out.println("[%12.6f] %s".formatted((System.nanoTime() - start) * NANO, line));
            out.flush();
        })));
        Thread hook = new Thread(() -> {
            end(served);
            // the status of a JVM that a signal ended would be another
            Runtime.getRuntime().halt(CommandLine.ExitCode.OK);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            where.socket.ifPresent(path -> out.println(served.serve(vport, path)));
            where.directory.ifPresent(directory -> served.serveAll(directory).forEach(out::println));
        } catch (RuntimeException | Error e) {
            Runtime.getRuntime().removeShutdownHook(hook);
            served.close();
            throw e;
        }
        out.flush();
        new CountDownLatch(1).await();
        return CommandLine.ExitCode.OK;
    }

    /** Closes what is served; a client that holds that up does not hold up the end. */
    private static void end(ServedCard served) {
        Thread closing = Thread.ofPlatform().daemon().start(served::close);
        try {
            boolean _ = closing.join(PATIENCE);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
