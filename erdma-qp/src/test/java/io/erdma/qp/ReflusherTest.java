package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import io.erdma.core.testing.FakeDoorbell;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.Reflush;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReflusherTest {
    private static final long DELAY = 100_000;

    private record Sent(long atNanos, int qpn, int sqIndex, int rqIndex) {}

    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - DELAY / 2); // time may wrap
    private final LeakLedger ledger = new LeakLedger();
    private final ManualWorkQueue workQueue = new ManualWorkQueue(clock, ledger);
    private final long origin = clock.nanoTime();
    private final List<Sent> sent = new ArrayList<>();
    private Optional<Errno> refusal = Optional.empty();
    private final CommandChannel commands = (opcode, body) -> {
        assertThat(opcode).isEqualTo(CommandOpcode.REFLUSH);
        MemorySegment slot = MemorySegment.ofArray(new long[16]);
        body.write(slot, 0);
        sent.add(new Sent(clock.nanoTime() - origin, Reflush.qpn(slot, 0), Reflush.sqProducerIndex(slot, 0),
                Reflush.rqProducerIndex(slot, 0)));
        refusal.ifPresent(errno -> {
            throw new ErrnoException(errno);
        });
        return CommandResponse.NONE;
    };
    private final SendQueue sendQueue = SendQueue.ofDepth(64);
    private final ReceiveRing receiveRing = receiveRing();
    private final Reflusher reflusher = new Reflusher(sendQueue.ring, receiveRing, commands, workQueue);

    private static ReceiveRing receiveRing() {
        MemorySegment record = Arena.ofAuto().allocate(8, 8);
        return new ReceiveRing(SendQueue.QPN, Arena.ofAuto().allocate(32 * 32, 8), record,
                new FakeDoorbell(record), Set.of());
    }

    private void postSend() {
        sendQueue.postOne(2);
        reflusher.posted();
    }

    private void postRecv() {
        receiveRing.postRecv(new ReceiveRequest().setEmpty(1));
        reflusher.posted();
    }

    @Test
    void posted_onAWorkingQp_sendsNothing() {
        postSend();
        clock.advance(10 * DELAY);

        assertThat(sent).isEmpty();
        assertThat(workQueue.delayed()).isZero();
    }

    @Test
    void start_sendsBothProducerIndices_100MicrosecondsLater() {
        postSend();
        postSend();
        postRecv();

        reflusher.start();
        clock.advance(DELAY - 1);
        assertThat(sent).isEmpty();
        clock.advance(1);

        assertThat(sent).containsExactly(new Sent(DELAY, SendQueue.QPN, 4, 1));
        clock.advance(10 * DELAY);
        assertThat(sent).hasSize(1);
    }

    @Test
    void posted_afterStart_postponesTheFlush_to100MicrosecondsAfterTheLastPost() {
        reflusher.start();
        clock.advance(60_000);
        postSend();
        clock.advance(70_000);
        postRecv();
        clock.advance(DELAY - 1);
        assertThat(sent).isEmpty();
        clock.advance(1);

        assertThat(sent).containsExactly(new Sent(230_000, SendQueue.QPN, 2, 1));
        assertThat(workQueue.delayed()).isZero();
    }

    @Test
    void posted_afterAFlush_isFlushedToo() {
        reflusher.start();
        clock.advance(DELAY);
        clock.advance(50_000);
        postSend();
        clock.advance(DELAY);

        assertThat(sent).extracting(Sent::atNanos).containsExactly(DELAY, 250_000L);
        assertThat(sent).extracting(Sent::sqIndex).containsExactly(0, 2);
    }

    @Test
    void posted_manyTimes_keepsOneTimer() {
        reflusher.start();
        for (int i = 0; i < 1000; i++) {
            reflusher.posted();
        }

        assertThat(workQueue.delayed()).isEqualTo(1);
    }

    @Test
    void close_cancels_andLeavesNoTimer() {
        reflusher.start();

        reflusher.close();
        reflusher.close();

        assertThat(ledger.held(Resource.TIMER)).isZero();
        postSend();
        reflusher.start();
        assertThat(ledger.held(Resource.TIMER)).isZero();
        clock.advance(10 * DELAY);
        assertThat(sent).isEmpty();
    }

    @Test
    void close_betweenDueAndRun_sendsNothing() {
        reflusher.start();
        clock.parkNanos(DELAY); // due, not run
        assertThat(workQueue.ready()).isEqualTo(1);

        reflusher.close();
        workQueue.runPending();

        assertThat(sent).isEmpty();
    }

    @Test
    void posted_onAClosedWorkQueue_throwsNothing() {
        workQueue.close();

        reflusher.start();
        postSend();

        assertThat(sent).isEmpty();
    }

    @Test
    void refusedFlush_isForgotten_andLaterOnesComeAllTheSame() {
        refusal = Optional.of(Errno.EIO);
        reflusher.start();
        clock.advance(DELAY);
        refusal = Optional.empty();
        postSend();
        clock.advance(DELAY);

        assertThat(sent).hasSize(2);
    }
}
