package io.erdma.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.openjdk.jmh.runner.RunnerException;

/** Measures everything and compares it with the goals. */
public final class Report {
    private static final String SMALL = "65536";
    private static final String LARGE = "1048576";
    private static final int COLD_STARTS = 5;

    private final List<Figure> figures = new ArrayList<>();
    private final boolean full;

    private Report(boolean full) {
        this.full = full;
    }

    /**
     * Prints a table and writes it to a file.
     *
     * @param arguments {@code quick} or {@code full}; the file; the command {@code erdma}
     * @throws RunnerException if a benchmark fails
     * @throws IOException if the file can't be written or the command can't be run
     */
    public static void main(String... arguments) throws RunnerException, IOException {
        Report report = new Report(arguments[0].equals("full"));
        report.measure(arguments[2]);
        String table = report.table();
        Files.writeString(Path.of(arguments[1]), table);
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(table);
    }

    private String table() {
        return figures.stream().map(Figure::row)
                .collect(Collectors.joining("\n", "| what | figure | goal |\n| --- | --- | --- |\n", "\n"));
    }

    private void measure(String command) throws RunnerException, IOException {
        messages();
        pingPong();
        connections();
        figures.add(Figure.atMost(0.6, "cold `erdma devinfo`", coldStart(command), "s"));
    }

    private void messages() throws RunnerException {
        Measured jmh = Measured.run(full ? 5 : 1, SmallMessages.class, LargeTransfers.class, BringUp.class);
        rate(25, "WRITE 8 B, batches of 32", jmh, "writeOf32");
        rate(15, "WRITE 8 B, one at a time", jmh, "write");
        rate(15, "SEND 8 B, batches of 32, with receives", jmh, "sendOf32");
        tell("UCX put 8 B", Peers.millionsPerSecond("ucp_put_bw"), "M/s");
        tell("UCX tagged send 8 B", Peers.millionsPerSecond("tag_bw"), "M/s");
        for (String bytes : List.of(SMALL, LARGE)) {
            double copy = jmh.best(LargeTransfers.class, "copy", bytes);
            figures.add(Figure.of("copy of " + bytes + " B", Integer.parseInt(bytes) / copy, "GB/s"));
            for (String kind : List.of("write", "read")) {
                figures.add(Figure.atLeast(0.9, kind.toUpperCase(Locale.ROOT) + " of " + bytes + " B",
                        copy / jmh.best(LargeTransfers.class, kind, bytes), "of a copy's rate"));
            }
        }
        figures.add(Figure.atMost(5, "card, driver, link and first verb, and all of it closed",
                jmh.best(BringUp.class, "cardToFirstVerb"), "ms"));
    }

    private void rate(double goal, String what, Measured jmh, String method) {
        figures.add(Figure.atLeast(goal, what, 1e3 / jmh.best(SmallMessages.class, method), "M/s"));
        figures.add(Figure.atMost(0, what + ": allocated", jmh.allocated(SmallMessages.class, method), "B each"));
    }

    private void tell(String what, OptionalDouble value, String unit) {
        value.ifPresent(known -> figures.add(Figure.of(what, known, unit)));
    }

    private void pingPong() {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < (full ? 10 : 3); i++) {
            best = Math.min(best, PingPong.measure(200_000).nanos50());
        }
        OptionalDouble peer = Peers.nanos("tag_lat");
        String what = "SEND 8 B between two threads, half a round trip, median";
        figures.add(peer.isPresent()
                ? Figure.atMost(0.8 * peer.getAsDouble(), what, best, "ns")
                : Figure.of(what, best, "ns"));
        tell("UCX tagged send 8 B, half a round trip, median", peer, "ns");
    }

    private void connections() {
        int count = full ? 100_000 : 10_000;
        ManyConnections many = ManyConnections.measure(count);
        figures.add(Figure.atLeast(20_000, "connections, the first tenth of " + count, many.perSecond().getFirst(),
                "/s"));
        figures.add(Figure.atLeast(20_000, "connections, the last tenth of " + count, many.perSecond().getLast(),
                "/s"));
        figures.add(Figure.atMost(8192, "heap of an idle connection", many.heapBytes(), "B"));
        figures.add(Figure.of("WRITE 8 B with one connection", many.nanosOfOne(), "ns"));
        figures.add(Figure.atMost(2, "with 1,000 in turn", many.nanosOfThousand() / many.nanosOfOne(), "times that"));
        figures.add(Figure.atMost(2, "with " + count + " in turn", many.nanosOfAll() / many.nanosOfOne(),
                "times that"));
    }

    /** Seconds that the command takes, the best of some times. */
    private static double coldStart(String command) throws IOException {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < COLD_STARTS; i++) {
            long begin = System.nanoTime();
            String _ = Program.output(new ProcessBuilder(command, "devinfo"));
            best = Math.min(best, (System.nanoTime() - begin) / 1e9);
        }
        return best;
    }
}
