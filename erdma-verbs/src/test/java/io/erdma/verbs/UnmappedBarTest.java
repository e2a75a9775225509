package io.erdma.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.DoorbellSpace;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data-path calls of kernel verbs whose device is removed, and its registers unmapped, while they are under way: an answer, not an exception. */
class UnmappedBarTest {
    private final Bench bench = new Bench();
    private final ProtectionDomain pd = bench.device.allocPd();

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    /** With the next doorbell of this kind, and after {@code before}, the driver goes. */
    private void removeWithTheNextDoorbell(long offset, Runnable before) {
        AtomicBoolean removed = new AtomicBoolean();
        bench.hardware.onWrite(offset, _ -> {
            if (removed.compareAndSet(false, true)) {
                before.run();
                bench.close();
            }
        });
    }

    private QueuePair createQp(boolean singleThreaded) {
        QpInitAttributes.Builder attributes = QpInitAttributes.of(bench.device.createCq(16)).capabilities(Bench.SIZES);
        return pd.createQp((singleThreaded ? attributes.singleThreaded() : attributes).build());
    }

    private static SendRequest send() {
        return new SendRequest().addSge(0x1000, 8, 7);
    }

    @Test
    void postSend_isEinval() {
        QueuePair qp = createQp(false);
        AtomicLong withinTheWrite = new AtomicLong();
        removeWithTheNextDoorbell(DoorbellSpace.KERNEL_SQ_OFFSET, () -> withinTheWrite.set(qp.postSend(send())));

        assertThat(qp.postSend(send())).as("it has to ring once more, for the other").isEqualTo(
                PostResult.refused(Errno.EINVAL, 0));

        assertThat(withinTheWrite.get()).isEqualTo(PostResult.ok(1));
        assertThat(qp.postSend(send())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void postRecv_isEinval(boolean singleThreaded) {
        QueuePair qp = createQp(singleThreaded);
        removeWithTheNextDoorbell(DoorbellSpace.KERNEL_RQ_OFFSET, () -> {});
        ReceiveRequest first = new ReceiveRequest().setEmpty(1);
        first.next = new ReceiveRequest().setEmpty(2);

        assertThat(qp.postRecv(first)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));

        assertThat(qp.postRecv(first)).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        qp.close();
    }

    @Test
    void reqNotify_isFalse() {
        CompletionQueue cq = bench.device.createCq(16);
        removeWithTheNextDoorbell(DoorbellSpace.KERNEL_CQ_OFFSET, () -> cq.reqNotify(NotifyKind.NEXT_COMPLETION));

        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();

        assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
    }

    @Test
    void removalFromWithinADoorbell_thatIsTheLastOfItsPost_isNoErrorOfThatPost() {
        QueuePair qp = createQp(false);
        removeWithTheNextDoorbell(DoorbellSpace.KERNEL_SQ_OFFSET, () -> {});

        assertThat(qp.postSend(send())).isEqualTo(PostResult.ok(1));

        assertThat(qp.postSend(send())).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
    }
}
