package io.erdma.cli.demo;

import io.erdma.cli.card.CardOptions;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code erdma demo}: the stack at work, end to end. */
@Command(
        name = "demo",
        description = {
            "Shows two tenants of a new card moving data by RDMA.",
            "They move a file by SEND/RECV, RDMA WRITE and RDMA READ, check it, count together, and see that nobody else reaches them." })
public final class DemoCommand implements Callable<Integer> {
    private static final long DEFAULT_BYTES = 64L << 20;
    private static final long SEED = 20_260_101;
    private static final int ENGINE_THREADS = 1;
    private static final Duration PEER_WAIT = Duration.ofMillis(300);

    /** Who runs the model's engines. */
    enum Mode {
        INLINE(0),
        THREADED(ENGINE_THREADS);

        private final int engineThreads;

        Mode(int engineThreads) {
            this.engineThreads = engineThreads;
        }

        /** How many threads run the engines of a card that is described with so many. */
        int engineThreads(int described) {
            return this == THREADED && described > 0 ? described : engineThreads;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Parts parts;

    @Spec private CommandSpec spec;
    @Mixin private CardOptions card;

    @Option(names = "--file", paramLabel = "FILE",
            description = "What to move; random data without it.") private Optional<Path> file = Optional.empty();

    @Option(
            names = "--size", paramLabel = "N",
            description = "How much random data, in bytes; K, M, G behind it are powers of 1024. 64M unless given.") private Optional<String> size = Optional
                    .empty();

    @Option(
            names = "--mode", paramLabel = "MODE",
            description = "inline (unless given, or the card says otherwise): the ringing thread does the card's work; threaded: an engine thread does.") private Optional<Mode> mode = Optional
                    .empty();

    /** For picocli. */
    public DemoCommand() {
        this(Parts.REAL);
    }

    DemoCommand(Parts parts) {
        this.parts = parts;
    }

    @Override
    public Integer call() {
        if (file.isPresent() && size.isPresent()) {
            throw new ParameterException(spec.commandLine(), "--file and --size exclude each other.");
        }
        Payload payload = file.map(Payload::file).orElseGet(() -> Payload.random(bytes(), SEED));
        PrintWriter out = spec.commandLine().getOut();
        boolean good = new Demo(cardSpec(), payload, out, parts).run();
        out.flush();
        return good ? 0 : 1;
    }

    private long bytes() {
        if (size.isEmpty()) {
            return DEFAULT_BYTES;
        }
        String text = size.get().toUpperCase(Locale.ROOT);
        int shift = text.isEmpty() ? 0 : switch (text.charAt(text.length() - 1)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            default -> 0;
        };
        try {
            long number = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1));
            if (number >= 0 && number <= Long.MAX_VALUE >>> shift) {
                return number << shift;
            }
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), "--size " + size.get() + " is no number of bytes.", e);
        }
        throw new ParameterException(spec.commandLine(), "--size " + size.get() + " is out of range.");
    }

    private CardSpec cardSpec() {
        CardSpec described = card.given() ? card.spec() : impatient();
        return mode.map(m -> described.toBuilder().engineThreads(m.engineThreads(described.engineThreads())).build())
                .orElse(described);
    }

    /** The default card, but a QP whose peer does not come is given up soon, so that the demo need not wait. */
    private static CardSpec impatient() {
        FunctionSpec function = FunctionSpec.builder().peerWait(PEER_WAIT).build();
        return CardSpec.builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").functions(function).build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").functions(function).build())
                .vport(VportSpec.builder("mallory", "red", "02:00:00:00:00:66", "10.0.0.2").functions(function).build())
                .build();
    }
}
