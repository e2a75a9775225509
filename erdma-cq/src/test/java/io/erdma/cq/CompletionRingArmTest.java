package io.erdma.cq;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.SqOpcode;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionRingArmTest {
    private static final int CQN = 0xABCDEF;

    private final DeviceSide device = new DeviceSide(8);
    private final CompletionRing ring = ring(false);
    private final WorkCompletion[] into = WorkCompletion.array(16);

    private CompletionRing ring(boolean singleThreaded) {
        return new CompletionRing(CQN, device.memory, device.record, device.doorbell, _ -> FakeQp.RC, singleThreaded);
    }

    private void complete(int count) {
        for (int i = 0; i < count; i++) {
            device.complete(1, Cqe.QUEUE_SQ, SqOpcode.SEND, 0, i, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void arm_writesTheRecordFirst_thenTheRegister_theSameValue(boolean singleThreaded) {
        CompletionRing armed = ring(singleThreaded);
        complete(3);
        armed.poll(3, into);

        assertThat(armed.arm(NotifyKind.NEXT_COMPLETION)).isFalse();

        long expected = CqDoorbell.compose(0, CQN, true, false, 0, 3);
        assertThat(device.doorbell.rung()).containsExactly(expected);
        assertThat(device.doorbell.recordsThen()).containsExactly(expected);
    }

    @Test
    void arm_forSolicited_saysSo() {
        ring.arm(NotifyKind.SOLICITED);

        assertThat(device.doorbell.rung()).containsExactly(CqDoorbell.compose(0, CQN, true, true, 0, 0));
    }

    @Test
    void arm_countsItself_inEightBits() {
        for (int i = 0; i <= 256; i++) {
            ring.arm(NotifyKind.NEXT_COMPLETION);
        }

        assertThat(device.doorbell.rung().stream().map(CqDoorbell::idx).toList()).startsWith(0, 1, 2).endsWith(254, 255,
                0);
    }

    @Test
    void eventTaken_raisesCmdsn_inTwoBits() {
        for (int i = 0; i < 5; i++) {
            ring.arm(NotifyKind.NEXT_COMPLETION);
            ring.eventTaken();
        }

        assertThat(device.doorbell.rung().stream().map(CqDoorbell::cmdsn)).containsExactly(0, 1, 2, 3, 0);
        assertThat(ring.snapshot().events()).isEqualTo(5);
        assertThat(ring.snapshot().arms()).isEqualTo(5);
    }

    @Test
    void arm_withCompletionsInTheRing_reportsThemAsMissed_andArmsAllTheSame() {
        complete(1);

        assertThat(ring.arm(NotifyKind.NEXT_COMPLETION)).isTrue();
        assertThat(device.doorbell.rung()).hasSize(1);
        ring.poll(1, into);
        assertThat(ring.arm(NotifyKind.NEXT_COMPLETION)).isFalse();
    }

    @Test
    void arm_sees_whatCameWhileItRang() {
        device.doorbell.onRing(_ -> complete(1));

        assertThat(ring.arm(NotifyKind.NEXT_COMPLETION)).isTrue();
    }

    @Test
    @Tag("exhaustive")
    void arm_sends24BitsOfTheConsumerIndex() {
        DeviceSide small = new DeviceSide(4096);
        CompletionRing wrapped = new CompletionRing(1, small.memory, small.record, small.doorbell,
                _ -> CompletionTarget.NONE,
                true);
        WorkCompletion[] none = WorkCompletion.array(1);
        for (int lap = 0; lap <= (1 << 24) / 4096; lap++) {
            for (int i = 0; i < 4096; i++) {
                small.complete(1, Cqe.QUEUE_SQ, 0, 0, 0, 0);
            }
            wrapped.poll(1, none); // all skipped
        }

        wrapped.arm(NotifyKind.NEXT_COMPLETION);

        assertThat(wrapped.snapshot().consumerIndex()).isEqualTo((1 << 24) + 4096);
        assertThat(CqDoorbell.consumerIndex(small.doorbell.rung().getFirst())).isEqualTo(4096);
    }

    @Test
    void arm_fromWithinADoorbellWrite_isRungAfterIt_andNotNested() {
        int[] depthOfNesting = new int[1];
        device.doorbell.onRing(_ -> {
            assertThat(++depthOfNesting[0]).isEqualTo(1);
            if (device.doorbell.rung().size() < 3) {
                complete(1);
                ring.poll(1, into);
                ring.eventTaken();
                ring.arm(NotifyKind.NEXT_COMPLETION);
            }
            depthOfNesting[0]--;
        });

        ring.arm(NotifyKind.NEXT_COMPLETION);

        assertThat(device.doorbell.rung()).containsExactly(CqDoorbell.compose(0, CQN, true, false, 0, 0),
                CqDoorbell.compose(1, CQN, true, false, 1, 1), CqDoorbell.compose(2, CQN, true, false, 2, 2));
    }

    @Test
    void arm_whileAnotherIsBeingRung_isNotWeakenedByALaterSolicitedOne() {
        boolean[] inside = { true };
        device.doorbell.onRing(_ -> {
            if (inside[0]) {
                inside[0] = false;
                ring.arm(NotifyKind.NEXT_COMPLETION); // both wait for the write that is under way
                ring.arm(NotifyKind.SOLICITED);
            }
        });

        ring.arm(NotifyKind.SOLICITED);

        assertThat(device.doorbell.rung()).hasSize(2);
        assertThat(CqDoorbell.solicitedOnly(device.doorbell.rung().getLast())).isFalse();
        assertThat(CqDoorbell.idx(device.doorbell.rung().getLast())).isEqualTo(2);
    }

    @Test
    void arm_holdsNoLock_whileTheRegisterIsWritten() throws Exception {
        CountDownLatch polled = new CountDownLatch(1);
        device.doorbell.onRing(_ -> {
            Thread other = Thread.ofPlatform().start(() -> {
                ring.poll(1, WorkCompletion.array(1));
                polled.countDown();
            });
            try {
                polled.await();
                other.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        ring.arm(NotifyKind.NEXT_COMPLETION);

        assertThat(polled.getCount()).isZero();
    }

    @Test
    void storeUnarmedRecord_isNoArm_andDiffersFromTheFirst() {
        ring.storeUnarmedRecord();

        assertThat(DoorbellRecord.load(device.record, 0)).isEqualTo(CqDoorbell.compose(0xFF, CQN, false, false, 3, 0));
        assertThat(device.doorbell.rung()).isEmpty();
    }
}
