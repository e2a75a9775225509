package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Syndrome;
import io.erdma.model.device.TestQp.Piece;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every check of a message's memory, on both sides; nothing is written when one fails. */
class ProtectionTest {
    private static final int ALL = AccessRights.ALL_BUT_ATOMIC | AccessRights.REMOTE_ATOMIC;

    /** The range to use, of a region of 4096 bytes. */
    private record Range(int stag, long address, long bytes) {}

    private static Range broken(String what, TestHost host) {
        TestMr mr = new TestMr(host, host.nextMr++, 0x11, host.memory.take(4096, 4096), 4096);
        int rights = what.equals("rights") ? 0 : ALL;
        assertThat(host.register(mr, rights, what.equals("pd") ? TestHost.PD + 1 : TestHost.PD)).isZero();
        return switch (what) {
            case "unknown" -> new Range(99 << 8, mr.va(), 64);
            case "key" -> new Range(mr.stag() ^ 1, mr.va(), 64);
            case "beyond-table" -> new Range(0xFFFF_FF17, mr.va(), 64);
            case "before" -> new Range(mr.stag(), mr.va() - 1, 64);
            case "behind" -> new Range(mr.stag(), mr.va(4096 - 63), 64);
            case "wrap" -> new Range(mr.stag(), -32, 64);
            default -> new Range(mr.stag(), mr.va(), 64);
        };
    }

    @ParameterizedTest
    @CsvSource({ "unknown,10", "key,10", "beyond-table,10", "before,11", "behind,11", "rights,12", "pd,13", "wrap,14" })
    void localSource_thatFails_completesWithItsSyndrome_andPeerSeesNothing(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.alice);

            pair.out.write(0, pair.target.stag(), pair.target.va(), new Piece(range.address, range.bytes, range.stag))
                    .ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
            assertThat(pair.alice.errorEvents.takeError())
                    .isEqualTo(new TestHost.Event(Aeqe.ACCESS_ERROR, syndrome, pair.out.qpn));
            assertThat(pair.bob.errorEvents.takeError()).isNull();
            assertThat(pair.target.copy(0, 64)).containsOnly(0);
        }
    }

    @ParameterizedTest
    @CsvSource({ "unknown,10", "key,10", "before,11", "behind,11", "rights,12", "pd,13", "wrap,14" })
    void localSinkOfRead_thatFails_completesWithItsSyndrome(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.alice);

            pair.out.read(0, new Piece(range.address, range.bytes, range.stag), pair.target.stag(), pair.target.va())
                    .ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
        }
    }

    @ParameterizedTest
    @CsvSource({ "unknown,3", "key,3", "beyond-table,3", "before,4", "behind,4", "rights,5", "pd,6", "wrap,7" })
    void writeTarget_thatFails_endsTheStream_onBothSides(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.bob);
            pair.in.receive(pair.to(0, 64));

            pair.out.write(0, range.stag, range.address, pair.from(0, 64)).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(Syndrome.FLUSHED);
            assertThat(pair.bob.errorEvents.takeError())
                    .isEqualTo(new TestHost.Event(Aeqe.ACCESS_ERROR, syndrome, pair.in.qpn));
            assertThat(pair.alice.errorEvents.takeError())
                    .isEqualTo(new TestHost.Event(Aeqe.QP_FATAL, syndrome, pair.out.qpn));
            assertThat(pair.bob.function.counter(ModelCounter.TERMINATES)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({ "unknown,3", "key,3", "before,4", "behind,4", "rights,5", "pd,6", "wrap,7" })
    void readSource_thatFails_endsTheStream(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.bob);

            pair.out.read(TestQp.SIGNALED, pair.from(0, 64), range.stag, range.address).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
            assertThat(pair.source.copy(0, 3)).containsExactly(1, 2, 3);
        }
    }

    @ParameterizedTest
    @CsvSource({ "unknown,3", "key,3", "before,4", "behind,4", "rights,5", "pd,6", "wrap,7" })
    void receiveBuffer_thatFails_completesTheReceiveWithIt_andTheSendWithGeneral(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.bob);
            pair.in.receive(new Piece(range.address, range.bytes, range.stag));
            pair.in.receive(pair.to(0, 64));

            pair.out.send(0, pair.from(0, 64)).ring();

            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome,
                    Syndrome.FLUSHED);
            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.GENERAL);
            assertThat(pair.bob.errorEvents.takeError().type()).isEqualTo(Aeqe.QP_RECV_QUEUE_ERROR);
        }
    }

    @ParameterizedTest
    @CsvSource({ "unknown,3", "rights,5", "behind,4", "unaligned,4" })
    void atomicTarget_thatFails_endsTheStream(String what, int syndrome) {
        try (Pair pair = new Pair()) {
            Range range = broken(what, pair.bob);
            long address = switch (what) {
                case "behind" -> range.address + 60;
                case "unaligned" -> range.address + 4;
                default -> range.address;
            };

            pair.out.fetchAndAdd(0, 1, pair.from(0, 8), range.stag, address).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
        }
    }

    @ParameterizedTest
    @CsvSource({ "0,5", "31,4" })
    void lastBytesOfAllAddresses_areInARegionOfAllMemory_thoughNoMemoryIsThere(int rights, int syndrome) {
        try (Pair pair = new Pair()) {
            assertThat(pair.bob.registerAll(50, 3, rights)).isZero();

            pair.out.write(0, 50 << 8 | 3, -64, pair.from(0, 64)).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(syndrome);
        }
    }

    @Test
    void localDmaKey_standsForAllMemory_ofTheOwnSideOnly() {
        try (Pair pair = new Pair()) {
            int key = pair.alice.spec.localDmaKey();
            pair.out.write(TestQp.SIGNALED, pair.target.stag(), pair.target.va(),
                    new Piece(pair.source.address, 64, key)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.target.copy(0, 64)).isEqualTo(pair.source.copy(0, 64));

            pair.out.write(TestQp.SIGNALED, key, pair.target.address, pair.from(0, 64)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_STAG);
        }
    }

    @Test
    void allSgesAreChecked_beforeAByteMoves() {
        try (Pair pair = new Pair()) {
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 64),
                    new Piece(pair.source.va(), 64, 77 << 8)).ring();

            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.LOCAL_STAG);
            assertThat(pair.target.copy(0, 128)).containsOnly(0);
        }
    }

    @Test
    void zeroLength_needsNoValidStag() {
        try (Pair pair = new Pair()) {
            pair.in.receive(new Piece(0xBAD, 0, 0xBAD));
            pair.out.write(TestQp.SIGNALED, 0xDEAD, 0xDEAD, new Piece(1, 0, 1))
                    .read(TestQp.SIGNALED, new Piece(0xDEAD, 0, 0xDEAD), 0xDEAD, 0xDEAD)
                    .send(TestQp.SIGNALED).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(0, 0, 0);
            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::bytes).containsExactly(0L);
        }
    }

    @Test
    void memoryThatIsUnmapped_isAnAddressError_notAnException() {
        try (Pair pair = new Pair()) {
            pair.bob.space.setBusMaster(false);
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 64)).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .isEqualTo(List.of(Syndrome.REMOTE_ADDRESS));
        }
    }
}
