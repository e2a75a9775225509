package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.cmd.CommandOpcode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Objects of kernel verbs that are used after their end, or with objects of another device: each call has an answer, and changes nothing. */
class StaleObjectsTest {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(8192, 4096);
    private final Bench bench = new Bench();
    private final Bench foreignBench = new Bench();
    private final ErdmaDevice device = bench.device;
    private final ErdmaDevice foreign = foreignBench.device;
    private final ProtectionDomain pd = device.allocPd();
    private final CompletionQueue cq = device.createCq(16);

    @BeforeEach
    void commandsOfTheTestAlone() {
        bench.commands.forget();
        foreignBench.commands.forget();
    }

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
        foreignBench.assertNothingLeft();
        arena.close();
    }

    /** Refused, without a command, and with the same objects as before on both devices. */
    private void refused(Errno errno, ThrowingCallable call) {
        List<Object> before = census();
        assertRefused(errno, call);
        assertThat(census()).isEqualTo(before);
    }

    private List<Object> census() {
        return List.of(device.snapshot(), foreign.snapshot(), bench.hardware.ledger().outstanding(),
                foreignBench.hardware.ledger().outstanding(), bench.commands.opcodes(),
                foreignBench.commands.opcodes());
    }

    @Test
    void aQp_withACqOfAnotherDevice_isEinval() {
        CompletionQueue other = foreign.createCq(16);
        ProtectionDomain foreignPd = foreign.allocPd();

        refused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(other).build()));
        refused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(cq).receiveCq(other).build()));
        refused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(cq).sendCq(other).build()));
        refused(Errno.EINVAL, () -> foreignPd.createQp(QpInitAttributes.of(cq).build()));

        bench.createQp(pd, cq).close();
    }

    @Test
    void aCq_onAChannelOfAnotherDevice_isEinval_andThatChannelStaysFree() throws InterruptedException {
        CompletionChannel other = foreign.createCompletionChannel();

        refused(Errno.EINVAL, () -> device.createCq(CqInitAttributes.of(16).channel(other).build()));

        CompletionQueue itsOwn = foreign.createCq(CqInitAttributes.of(16).channel(other).build());
        foreignBench.router.completion(itsOwn.cqn());
        assertThat(other.getEvent()).isSameAs(itsOwn);
        itsOwn.ackEvents(1);
        itsOwn.close();
        other.close();
    }

    @Test
    void aCq_onAClosedChannel_isEinval() {
        CompletionChannel channel = device.createCompletionChannel();
        channel.close();

        refused(Errno.EINVAL, () -> device.createCq(CqInitAttributes.of(16).channel(channel).build()));
    }

    @Test
    void objects_onAPdOrCqThatIsClosed_areEinval() {
        CompletionQueue closedCq = device.createCq(16);
        ProtectionDomain closedPd = device.allocPd();
        closedCq.close();
        closedPd.close();

        refused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(closedCq).build()));
        refused(Errno.EINVAL, () -> pd.createQp(QpInitAttributes.of(cq).receiveCq(closedCq).build()));
        refused(Errno.EINVAL, () -> closedPd.createQp(QpInitAttributes.of(cq).build()));
        refused(Errno.EINVAL, () -> closedPd.regMr(memory));
        refused(Errno.EINVAL, () -> closedPd.getDmaMr());
        refused(Errno.EINVAL, () -> closedPd.allocMr(4));

        bench.createQp(pd, cq).close();
    }

    @Test
    void aClosedQp_answersEinval_alsoWhenItsNumberIsHeldByItsConnection() {
        QueuePair qp = bench.createQp(pd, cq);
        DeviceQp held = device.acquireQp(qp.qpn()).orElseThrow();
        qp.close();

        refused(Errno.EINVAL, () -> qp.modify(QpState.ERR));
        refused(Errno.EINVAL, () -> held.modify(QpState.ERR));
        refused(Errno.EINVAL, () -> held.connect(Bench.CONNECTION, 1, 1));
        assertThat(qp.postSend(new SendRequest().addSge(0, 8, 0))).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(qp.postRecv(new ReceiveRequest().setEmpty(0))).isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        refused(Errno.EINVAL, qp::query);
        assertThat(device.acquireQp(qp.qpn())).isEmpty();
        held.release();
    }

    @Test
    void aClosedCq_isEmpty_andHasNoEventsToAcknowledge() {
        CompletionChannel channel = device.createCompletionChannel();
        CompletionQueue closed = device.createCq(CqInitAttributes.of(16).channel(channel).build());
        int cqn = closed.cqn();
        closed.close();
        bench.commands.forget();

        assertThat(closed.poll(4, WorkCompletion.array(4))).isZero();
        assertThat(closed.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        refused(Errno.EINVAL, () -> closed.ackEvents(1));
        refused(Errno.EINVAL, () -> closed.ackEvents(-1));
        refused(Errno.EINVAL, () -> closed.ackEvents(Integer.MIN_VALUE));
        bench.router.completion(cqn);
        assertThat(channel.pollEvent()).isEmpty();
        channel.close();
        refused(Errno.EIO, channel::pollEvent);
        refused(Errno.EIO, channel::getEvent);
    }

    @Test
    void closingTwice_tellsTheDeviceOnce() {
        QueuePair qp = bench.createQp(pd, cq);
        MemoryRegion region = pd.regMr(memory);
        FastRegisterMr fast = pd.allocMr(4);
        CompletionQueue other = device.createCq(16);
        CompletionChannel channel = device.createCompletionChannel();
        List<AutoCloseable> all = List.of(qp, region, fast, other, channel);
        all.forEach(StaleObjectsTest::close);
        bench.commands.forget();
        List<Object> before = census();

        all.forEach(StaleObjectsTest::close);

        assertThat(census()).isEqualTo(before);
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    private static void close(AutoCloseable object) {
        try {
            object.close();
        } catch (Exception e) {
            throw new AssertionError("close of " + object, e);
        }
    }

    @Test
    void whatIsInUse_isEbusy_andStays() {
        CompletionChannel channel = device.createCompletionChannel();
        CompletionQueue used = device.createCq(CqInitAttributes.of(16).channel(channel).build());
        QueuePair qp = bench.createQp(pd, used);
        bench.commands.forget();

        refused(Errno.EBUSY, pd::close);
        refused(Errno.EBUSY, used::close);
        refused(Errno.EBUSY, channel::close);

        qp.close();
        refused(Errno.EBUSY, channel::close);
        used.close();
        channel.close();
        pd.close();
    }

    @Test
    void aFastRegisterMr_thatIsClosed_mapsNothing() {
        FastRegisterMr closed = pd.allocMr(4);
        closed.close();
        bench.commands.forget();

        refused(Errno.EINVAL, () -> closed.mapMrSg(List.of(new DmaRange(4096, 4096)), 0, 4096));
        assertThat(closed.length()).isZero();
        assertThat(bench.commands.opcodes()).doesNotContain(CommandOpcode.REG_MR);
    }
}
