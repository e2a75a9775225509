package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EmbeddingExampleTest {
    private static final Path SOURCE = Path.of("src/test/java/io/erdma/tests/integration/EmbeddingExample.java");
    private static final Path README = Path.of("../../README.md");

    @Test
    void example_writesIntoThePeersMemory() {
        assertThat(EmbeddingExample.run()).isEqualTo("SUCCESS: hello");
    }

    @Test
    void readme_showsTheExampleAsItIs() throws IOException {
        String source = Files.readString(SOURCE);
        String example = source.substring(source.indexOf("// README begin\n") + 16,
                source.indexOf("        // README end"));
        assertThat(Files.readString(README)).contains("```java\n" + example.stripTrailing().stripIndent() + "\n```");
    }
}
