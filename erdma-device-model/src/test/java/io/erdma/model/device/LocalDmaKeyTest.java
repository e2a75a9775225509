package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.model.device.TestQp.Piece;
import org.junit.jupiter.api.Test;

/** The local DMA key reaches all memory of a host, so a program's requests must not have it: those of queues with small pages, where all share doorbell pages. */
class LocalDmaKeyTest {
    private static final int QPN = 9;

    private static TestQp programs(TestHost host, TestCq cq) {
        TestQp qp = new TestQp(host, QPN, cq, cq, 7, 5);
        assertThat(host.createQp(qp, (slot, offset) -> {
            CreateQp.setSqPageShift(slot, offset, 19);
            CreateQp.setRqPageShift(slot, offset, 12);
        })).isZero();
        return qp;
    }

    private static Piece keyed(TestMr memory, TestHost host) {
        return new Piece(memory.address, 64, host.spec.localDmaKey());
    }

    @Test
    void sends_findNothingByIt() {
        try (Pair pair = new Pair()) {
            TestQp out = programs(pair.alice, pair.aliceCq);
            TestHost.join(out, pair.bob.qp(pair.bobCq));

            out.write(0, pair.target.stag(), pair.target.va(), keyed(pair.source, pair.alice)).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.LOCAL_STAG);
            assertThat(pair.target.copy(0, 64)).containsOnly(0);
        }
    }

    @Test
    void reads_findNoSinkByIt() {
        try (Pair pair = new Pair()) {
            TestQp out = programs(pair.alice, pair.aliceCq);
            TestHost.join(out, pair.bob.qp(pair.bobCq));
            byte[] before = pair.source.copy(0, 64);

            out.read(0, keyed(pair.source, pair.alice), pair.target.stag(), pair.target.va()).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.LOCAL_STAG);
            assertThat(pair.source.copy(0, 64)).isEqualTo(before);
        }
    }

    @Test
    void atomics_findNoSinkByIt() {
        try (Pair pair = new Pair()) {
            TestQp out = programs(pair.alice, pair.aliceCq);
            TestHost.join(out, pair.bob.qp(pair.bobCq));

            out.fetchAndAdd(0, 1, keyed(pair.source, pair.alice), pair.target.stag(), pair.target.va()).ring();

            assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.LOCAL_STAG);
            assertThat(pair.target.copy(0, 8)).containsOnly(0);
        }
    }

    @Test
    void receives_findNothingByIt() {
        try (Pair pair = new Pair()) {
            TestQp in = programs(pair.bob, pair.bobCq);
            TestQp out = pair.alice.qp(pair.aliceCq);
            TestHost.join(out, in);
            in.receive(keyed(pair.target, pair.bob));

            out.send(0, pair.from(0, 64)).ring();

            assertThat(pair.bobCq.pollAll()).extracting(TestCq.Completion::syndrome)
                    .containsExactly(Syndrome.REMOTE_STAG);
            assertThat(pair.target.copy(0, 64)).containsOnly(0);
        }
    }
}
