package io.erdma.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PayloadTest {
    private static byte[] read(Payload payload, int... pieces) {
        try (Payload.Reader reader = payload.open(); Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(Math.max(1, payload.bytes()));
            long at = 0;
            for (int piece : pieces) {
                reader.fill(all.asSlice(at, piece));
                at += piece;
            }
            return all.asSlice(0, at).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void randomData_isTheSameEachTime_andAnotherOneForAnotherSeed() {
        Payload payload = Payload.random(27, 5);

        assertThat(payload).hasToString("27 bytes of random data (seed 5)");
        assertThat(read(payload, 16, 11)).isEqualTo(read(payload, 16, 11)).hasSize(27);
        assertThat(read(Payload.random(27, 6), 16, 11)).isNotEqualTo(read(payload, 16, 11));
        assertThat(Arrays.copyOfRange(read(payload, 27), 24, 27)).isNotEqualTo(new byte[3]);
        assertThat(Payload.random(1, 5)).hasToString("1 byte of random data (seed 5)");
    }

    @Test
    void aFile_isReadFromItsBeginning_asOftenAsWanted(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("x"), new byte[]{ 1, 2, 3, 4, 5 });
        Payload payload = Payload.file(file);

        assertThat(payload.bytes()).isEqualTo(5);
        assertThat(payload).hasToString(file + " (5 bytes)");
        assertThat(read(payload, 2, 3)).containsExactly(1, 2, 3, 4, 5);
        assertThat(read(payload, 5)).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aFileThatIsMissing_aFolder_orShorterThanItWas_isRefused(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("x"), new byte[10]);
        Payload shrunk = Payload.file(file);
        Files.write(file, new byte[9]);

        assertThatThrownBy(() -> Payload.file(folder.resolve("y")))
                .hasMessage("ENOENT: no file " + folder.resolve("y"));
        assertThatThrownBy(() -> Payload.file(folder)).hasMessage("EINVAL: " + folder + " is no regular file");
        assertThatThrownBy(() -> read(shrunk, 10))
                .hasMessage("EIO: " + file + " became shorter while it was read");
        Files.delete(file);
        assertThatThrownBy(() -> read(shrunk, 1)).hasMessageStartingWith("EIO: cannot open " + file);
    }
}
