package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Inventory;
import io.erdma.tests.conformance.harness.InventoryRow;
import io.erdma.tests.conformance.harness.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README has the totals of the inventories, and says of each decision what the profile says; and each decision is what some test looks at. */
class ReadmeTest {
    private static final Path MODULE = Path.of(System.getProperty("basedir", ""));
    private static final Path README = MODULE.resolve("README.md");

    @Test
    void theTotals_areThoseOfTheInventories() throws IOException {
        assertThat(rows("## Totals", "| rdma-unit-test ", "| pyverbs "))
                .containsExactly(totals(Row.RDMA_UNIT_TEST), totals(Row.PYVERBS));
    }

    private static String totals(String suite) {
        List<InventoryRow> rows = Inventory.read().stream().filter(row -> row.suite().equals(suite)).toList();
        long tested = rows.stream().filter(InventoryRow::tested).count();
        return "| %s | %d | %d | %d |".formatted(suite, rows.size(), tested, rows.size() - tested);
    }

    @Test
    void theTableOfDecisions_isTheProfiles() throws IOException {
        assertThat(rows("## Decisions", "| `")).containsExactlyElementsOf(
                Stream.of(Decision.values()).map(ReadmeTest::line).toList());
    }

    @Test
    void everyDecision_isAskedForByATest() throws IOException {
        List<String> sources = sources();
        assertThat(Decision.values()).allSatisfy(decision -> assertThat(sources)
                .anyMatch(source -> source.matches("(?s).*\\bDecision\\." + decision + "\\b.*")));
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(MODULE.resolve("src/test/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).map(ReadmeTest::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(Decision decision) {
        return "| `%s` | %s | %s |".formatted(decision, decision.what(), decision.why());
    }

    /** Lines of a section that begin in one of these ways. */
    private static List<String> rows(String section, String... beginnings) throws IOException {
        return Files.readAllLines(README).stream().dropWhile(line -> !line.equals(section)).skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> Stream.of(beginnings).anyMatch(line::startsWith)).toList();
    }
}
