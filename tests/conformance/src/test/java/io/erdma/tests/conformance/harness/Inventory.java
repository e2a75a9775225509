package io.erdma.tests.conformance.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** All rows of both tables: the resources {@code rows/SUITE/GROUP.tsv}, whose first line names the columns. */
public final class Inventory {
    private Inventory() {}

    /** Reads them. */
    public static List<InventoryRow> read() {
        try (Stream<Path> files = Files.walk(Path.of(Inventory.class.getResource("/rows").toURI()))) {
            return files.filter(file -> file.toString().endsWith(".tsv")).sorted().flatMap(Inventory::rows).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<InventoryRow> rows(Path file) {
        String suite = file.getParent().getFileName().toString();
        String group = file.getFileName().toString().replace(".tsv", "");
        try {
            return Files.readAllLines(file).stream().skip(1).map(line -> InventoryRow.parse(suite, group, line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
