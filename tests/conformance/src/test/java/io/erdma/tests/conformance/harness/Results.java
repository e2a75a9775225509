package io.erdma.tests.conformance.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What came of every row, written as a table when all tests have run. Thread-safe. */
final class Results implements AutoCloseable {
    private static final String HEADER = "suite\trow\tapi\tmode\tresult\tasserted\treason";

    private record Key(String suite, String row, Api api, Mode mode) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return String.join("\t", suite, row, api.toString(), mode.toString());
        }
    }

    private static final class Result {
        private final Set<Asserted> asserted = EnumSet.noneOf(Asserted.class);
        private final Set<String> failures = new TreeSet<>();
    }

    private final Map<Key, Result> tested = new TreeMap<>();
    private final Map<Key, String> notApplicable = new TreeMap<>();
    private final Path file;
    private final List<InventoryRow> inventory;

    Results(Path file, List<InventoryRow> inventory) {
        this.file = file;
        this.inventory = inventory;
    }

    /** Of all rows that there are, to be written to where the build says. */
    static Results ofBuild() {
        return new Results(Path.of(System.getProperty("conformance.results", "target/conformance.tsv")),
                Inventory.read());
    }

    /** A test of a row has passed. */
    void pass(Row row, Api api, Mode mode) {
        record(row, api, mode, result -> {});
    }

    /** A test of a row has failed: the row fails, whatever others of its tests do. */
    void fail(Row row, Api api, Mode mode, Throwable cause) {
        String reason = String.valueOf(cause.getMessage()).strip().replaceAll("\\s+", " ");
        record(row, api, mode, result -> result.failures.add(cause.getClass().getSimpleName() + ": " + reason));
    }

    private synchronized void record(Row row, Api api, Mode mode, Consumer<Result> more) {
        for (String name : row.value()) {
            Result result = tested.computeIfAbsent(new Key(row.suite(), name, api, mode), _ -> new Result());
            result.asserted.addAll(Arrays.asList(row.asserts()));
            more.accept(result);
        }
    }

    /** A row can't be reached by an API. */
    synchronized void notApplicable(Collection<String> rows, String suite, Api api, String reason) {
        for (String row : rows) {
            for (Mode mode : Mode.values()) {
                notApplicable.put(new Key(suite, row, api, mode), reason);
            }
        }
    }

    @Override
    public synchronized void close() throws IOException {
        for (InventoryRow row : inventory) {
            if (!row.tested()) {
                for (Api api : Api.values()) {
                    notApplicable(List.of(row.row()), row.suite(), api, row.reason());
                }
            }
        }
        Map<String, String> reasons = inventory.stream()
                .collect(Collectors.toMap(row -> row.suite() + "\t" + row.row(), InventoryRow::reason, (a, _) -> a));
        Map<Key, String> lines = new TreeMap<>();
        notApplicable.forEach((key, reason) -> lines.put(key, line(key, "n/a", "", reason)));
        tested.forEach((key, result) -> lines.put(key,
                line(key, result, reasons.getOrDefault(key.suite + "\t" + key.row, ""))));
        Files.createDirectories(file.getParent());
        Files.writeString(file, lines.values().stream().collect(Collectors.joining("\n", HEADER + "\n", "\n")));
    }

    private static String line(Key key, Result result, String reason) {
        String asserted = result.asserted.stream().map(Asserted::toString).collect(Collectors.joining(","));
        return result.failures.isEmpty()
                ? line(key, "pass", asserted, reason)
                : line(key, "fail", asserted, String.join("; ", result.failures));
    }

    private static String line(Key key, String result, String asserted, String reason) {
        return String.join("\t", key.toString(), result, asserted, reason);
    }
}
