package io.erdma.hw;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tables of plain figures, typed from the data sheet; the format is told in {@code src/test/resources/vectors/README.md}. */
final class Figures {
    private Figures() {}

    /** Rows of a table, as columns; lines that begin with {@code #} are left out. */
    static List<List<String>> rows(String table) {
        try {
            return Files.readAllLines(Path.of("src", "test", "resources", "figures", table)).stream()
                    .filter(line -> !line.startsWith("#")).map(line -> List.of(line.split("\t"))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
