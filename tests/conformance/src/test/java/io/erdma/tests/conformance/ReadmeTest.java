package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.profile.Decision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The README says of each decision what the profile says, and of no other. */
class ReadmeTest {
    private static final Path README = Path.of(System.getProperty("basedir", ""), "README.md");

    @Test
    void theTableOfDecisions_isTheProfiles() throws IOException {
        assertThat(decisionsOfReadme()).containsExactlyElementsOf(
                Stream.of(Decision.values()).map(ReadmeTest::line).toList());
    }

    private static String line(Decision decision) {
        return "| `%s` | %s | %s |".formatted(decision, decision.what(), decision.why());
    }

    private static List<String> decisionsOfReadme() throws IOException {
        return Files.readAllLines(README).stream().dropWhile(line -> !line.equals("## Decisions")).skip(1)
                .takeWhile(line -> !line.startsWith("## ")).filter(line -> line.startsWith("| `")).toList();
    }
}
