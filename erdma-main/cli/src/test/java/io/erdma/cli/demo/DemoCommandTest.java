package io.erdma.cli.demo;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cli.Ran;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code erdma demo}: what it shows, and its exit status when something is not as it should be. */
class DemoCommandTest {
    private static final IntFunction<SmallMessages> FEW = threads -> SmallMessages.measure(threads, 10, 10);
    private static final Parts.Carrier IDLE = (way, sender, receiver, payload, progress) -> new Transfer(
            way, payload.bytes(), 1, "same", "same");

    @TempDir private Path folder;
    private String card;

    @BeforeEach
    void describeAnImpatientCard() throws IOException {
        card = card("""
            vport    ann vpc=blue mac=02:00:00:00:00:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann peer-wait=10
            function ben peer-wait=10
            """);
    }

    private String card(String text) throws IOException {
        return Files.writeString(folder.resolve("x.card"), text).toString();
    }

    private static Ran demo(Parts parts, String... arguments) {
        return Ran.of(new CommandLine(new DemoCommand(parts)).setCaseInsensitiveEnumValuesAllowed(true), arguments);
    }

    private static Parts with(Parts.Carrier carrier) {
        return new Parts(carrier, FEW, () -> false);
    }

    private Ran demoOfIdleCarrier(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--card", card));
        arguments.addAll(List.of(more));
        return demo(with(IDLE), arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({ "0,inline", "1,inline", "4097,inline", "0,threaded", "1,threaded", "4097,threaded",
        "4194305,inline" })
    void aFileOfAnySize_arrivesByAllWays_inBothExecutions(int bytes, String mode) throws Exception {
        byte[] data = new byte[bytes];
        new Random(bytes).nextBytes(data);
        Path file = Files.write(folder.resolve("data"), data);

        Ran ran = demo(with(Transfer::run), "--card", card, "--file", file.toString(), "--mode", mode).assertDone();

        String digest = sha256(data);
        assertThat(ran.lines()).contains(
                "  ok      SEND/RECV  sha256 " + digest,
                "  ok      RDMA WRITE sha256 " + digest,
                "  ok      RDMA READ  sha256 " + digest,
                "  ok      4000 increments from both sides, the counter holds 4000",
                "  -       the card has no outsider",
                "Everything is as it should be.");
        assertThat(ran.lines().getFirst()).startsWith("A new card (a model in this process, no hardware), "
                + ("inline".equals(mode) ? "inline" : "engine threads: 1") + ": ann 10.1.0.1 in VPC blue, ben");
        assertThat(ran.lines()).anyMatch(line -> line.matches("  RDMA READ +" + bytes + " +[\\d.]+ +[\\d.]+  yes"));
    }

    private static String sha256(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theDefaultCard_showsEverything_inOrder() {
        Ran ran = demo(with(Transfer::run), "--size", "300K").assertDone();

        assertThat(ran.out()).containsSubsequence(
                "A new card (a model in this process, no hardware), inline: alice 10.0.0.1 in VPC blue, bob 10.0.0.2",
                "ok      alice: functions probed: 1",
                "a wrong binding is refused: EINVAL: interface wrong0 has the permanent address 02:ba:d0:ba:d0:01",
                "belongs to 02:00:00:00:00:01",
                "ok      mallory: link erdma0 on eth0 (02:00:00:00:00:66)",
                "ok      bob got \"hello from alice\"",
                "ok      alice got \"welcome to bob\"",
                "Moving 307,200 bytes of random data (seed 20260101)",
                "way", "bytes", "time ms", "GB/s", "verified",
                "4000 increments from both sides, the counter holds 4000",
                "ok      mallory (VPC red) calls 10.0.0.1, where alice listens: ETIMEDOUT",
                "alice hears nothing",
                "ok      mallory (VPC red) calls 10.0.0.2, where bob listens: ECONN",
                "bob hears nothing",
                "ok      alice lies to its function about its address: the card drops it",
                "RETRY_EXC_ERR, bob sees nothing",
                "Statistics (GET_STATS)", "tx_reqs_cnt", "rx_bytes_cnt",
                "Small messages of 8 bytes (the model's figures on this machine, not a card's)",
                "WRITE M/s", "SEND p50 us", "inline", "threaded",
                "ok      nothing: memory, mappings, vectors, timers, threads, streams all 0",
                "Everything is as it should be.");
        assertThat(ran.out()).doesNotContain("FAILED").doesNotContainIgnoringCase("version");
    }

    @Test
    void dataThatArrivesOtherwise_isStatus1_andNamed() {
        Parts.Carrier liar = (way, sender, receiver, payload, progress) -> new Transfer(
                way, 1, 1, "aa", way == Way.WRITE ? "bb" : "aa");

        Ran ran = demo(with(liar), "--card", card);

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.lines()).contains(
                "  ok      SEND/RECV  sha256 aa", "  FAILED  RDMA WRITE sha256 bb", "  ok      RDMA READ  sha256 aa",
                "Not as it should be: 1, see FAILED above.");
        assertThat(ran.lines()).anyMatch(line -> line.matches("  RDMA WRITE .* NO"));
    }

    @Test
    void aBitThatFlipsOnTheWay_isNoticed_andNothingThatArrives_too() {
        Parts.Carrier flipping = (way, sender, receiver, payload, progress) -> Transfer.run(
                way, (from, to, lengths, count, last) -> {
                    way.move(from, to, lengths, count, last);
                    MemorySegment piece = to.slot(count - 1, lengths[count - 1]);
                    piece.set(JAVA_BYTE, 0, (byte) (piece.get(JAVA_BYTE, 0) ^ (last ? 1 : 0)));
                }, sender, receiver, payload, progress);
        Parts.Carrier lazy = (way, sender, receiver, payload, progress) -> Transfer.run(
                way, (from, to, lengths, count, last) -> {}, sender, receiver, payload, progress);

        Ran flipped = demo(with(flipping), "--card", card, "--size", "5M");
        Ran nothing = demo(with(lazy), "--card", card, "--size", "10");

        assertThat(flipped.status()).isEqualTo(1);
        assertThat(flipped.lines()).contains("Not as it should be: 3, see FAILED above.");
        assertThat(nothing.status()).isEqualTo(1);
        assertThat(nothing.lines()).contains("  FAILED  SEND/RECV  sha256 " + sha256(new byte[10]));
    }

    @Test
    void aRequestThatFails_isStatus1_andTheLeaksAreStillChecked() {
        Parts.Carrier broken = (way, sender, receiver, payload, progress) -> {
            throw new ErrnoException(Errno.EIO, "a request failed");
        };

        Ran ran = demo(with(broken), "--card", card);

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.lines()).contains(
                "  FAILED  EIO: a request failed",
                "  ok      nothing: memory, mappings, vectors, timers, threads, streams all 0",
                "Not as it should be: 1, see FAILED above.");
    }

    @Test
    void smallMessagesThatFail_areStatus1() {
        IntFunction<SmallMessages> broken = threads -> {
            throw new ErrnoException(Errno.ETIMEDOUT, "no completion with " + threads);
        };

        Ran ran = demo(new Parts(IDLE, broken, () -> false), "--card", card);

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.lines()).contains("  FAILED  ETIMEDOUT: no completion with 0");
    }

    @Test
    void aFunctionThatDoesNotComeUp_isStatus1() throws IOException {
        card = card("""
            vport    ann vpc=blue mac=02:00:00:00:00:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann protocol=rocev2
            """);

        Ran ran = demoOfIdleCarrier();

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.lines()).contains(
                "  FAILED  ann: functions probed: 0",
                "  FAILED  a wrong binding is refused: ENODEV: no free ERDMA function",
                "  ok      ben: functions probed: 1");
    }

    @Test
    void anInterfaceWithTheWrongBindingsAddress_failsTheCheckThatItIsRefused() throws IOException {
        card = card("""
            vport    ann vpc=blue mac=02:ba:d0:ba:d0:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann peer-wait=10
            """);

        Ran ran = demoOfIdleCarrier();

        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.out()).contains("  FAILED  a wrong binding is refused: ");
    }

    @Test
    void aCardWithoutAtomics_isNotAskedForThem() throws IOException {
        card = card("""
            vport    ann vpc=blue mac=02:00:00:00:00:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann atomics=off peer-wait=10
            """);

        assertThat(demoOfIdleCarrier().assertDone().lines()).contains("  -       the card has no atomics");
    }

    @Test
    void aHostWithoutAFunction_isLeftOutOfTheStatistics() throws IOException {
        card = card("""
            vport    zoe vpc=blue mac=02:00:00:00:00:03 ip=10.1.0.3 functions=none
            vport    ann vpc=blue mac=02:00:00:00:00:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann peer-wait=10
            """);

        Ran ran = demoOfIdleCarrier().assertDone();

        assertThat(ran.lines()).contains("  ok      zoe: functions probed: 0");
        assertThat(ran.lines()).anyMatch(line -> line.matches("  counter +ann +ben"));
    }

    @Test
    void aProgressBar_isThereOnATerminal_andOnlyThere() {
        Parts watched = new Parts(Transfer::run, FEW, () -> true);
        Parts unwatched = new Parts(Transfer::run, FEW, () -> false);

        assertThat(demo(watched, "--card", card, "--size", "5").assertDone().out())
                .contains("\r  RDMA WRITE [########################################] 100 %");
        assertThat(demo(unwatched, "--card", card, "--size", "5").assertDone().out()).doesNotContain("\r", "###");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = { "0|0 bytes", "1|1 byte", "4097|4,097 bytes", "3k|3,072 bytes",
        "2M|2,097,152 bytes", "1g|1,073,741,824 bytes", "8589934591G|9,223,372,035,781,033,984 bytes" })
    void sizes_mayHaveAUnit(String size, String described) {
        assertThat(demoOfIdleCarrier("--size", size).lines())
                .contains("Moving " + described + " of random data (seed 20260101)");
    }

    @Test
    void withoutASize_itIs64MiB() {
        assertThat(demoOfIdleCarrier().lines()).contains("Moving 67,108,864 bytes of random data (seed 20260101)");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "--mode=THREADED" })
    void threaded_keepsTheThreadsThatTheCardHas(String option) throws IOException {
        card = card("""
            card     execution=threaded:3
            vport    ann vpc=blue mac=02:00:00:00:00:01 ip=10.1.0.1
            vport    ben vpc=blue mac=02:00:00:00:00:02 ip=10.1.0.2
            function ann peer-wait=10
            """);
        String[] more = option.isEmpty() ? new String[0] : new String[]{ option };

        assertThat(demoOfIdleCarrier(more).assertDone().out()).contains("engine threads: 3: ann");
        assertThat(demoOfIdleCarrier("--mode", "inline").assertDone().out()).contains("inline: ann");
    }
}
