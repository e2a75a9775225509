package io.erdma.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.host.HalProvider;
import io.erdma.core.host.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on the module path and on the class path. */
class MocProviderTest {
    @TempDir private Path folder;

    private static HalProvider found() {
        MocProviderTest.class.getModule().addUses(HalProvider.class);
        List<HalProvider> all = ServiceLoader.load(HalProvider.class).stream().map(ServiceLoader.Provider::get)
                .toList();
        assertThat(all).extracting(HalProvider::name).containsExactly("moc");
        return all.getFirst();
    }

    @Test
    void open_withoutOptions_isTheCardOfTwoTenants() {
        try (HalProvider.Instance card = found().open(Map.of())) {
            assertThat(card.machines()).extracting(Machine::name).containsExactly("alice", "bob", "mallory");
        }
    }

    @Test
    void open_withAFile_readsIt_andOptionsOverride() throws IOException {
        Path file = Files.writeString(folder.resolve("one.card"), """
            card strict=on seed=7
            vport carol vpc=green mac=02:00:00:00:00:03 ip=10.1.0.1
            """);

        try (HalProvider.Instance card = found().open(Map.of("card", file.toString(), "seed", "8"))) {
            Moc moc = (Moc) card;
            assertThat(moc.spec().seed()).isEqualTo(8);
            assertThat(moc.spec().strict()).isTrue();
            assertThat(moc.machines()).extracting(Machine::name).containsExactly("carol");
        }
    }

    @Test
    void open_withAnUnknownOption_isEinval() {
        assertThatThrownBy(() -> found().open(Map.of("colour", "blue")))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                .hasMessageContaining("colour");
    }

    @Test
    void open_withAFileThatIsNotThere_isEnoent() {
        assertThatThrownBy(() -> found().open(Map.of("card", folder.resolve("none").toString())))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }
}
