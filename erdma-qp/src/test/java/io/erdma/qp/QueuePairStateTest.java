package io.erdma.qp;

import static io.erdma.hw.IwarpQpState.CLOSING;
import static io.erdma.hw.IwarpQpState.ERROR;
import static io.erdma.hw.IwarpQpState.IDLE;
import static io.erdma.hw.IwarpQpState.RTR;
import static io.erdma.hw.IwarpQpState.RTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.ModifyQp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QueuePairStateTest {
    private static final int QPN = 0x12345;
    private static final ConnectionParameters CONNECTION = new ConnectionParameters(CongestionControl.HPCC_ECN,
            0xC00C1E, 0x0A000001,
            7174, 0x0A000002, 0xFFFE, 0xFFFF_FFF0, 0x1000_0001, 0);

    /** What happened, in order. */
    private final List<String> log = new ArrayList<>();
    private Optional<Errno> refusal = Optional.empty();
    private Runnable whileExecuting = () -> {};

    private final CommandChannel commands = new CommandChannel() {
        @Override
        public CommandResponse execute(CommandOpcode opcode, CommandBody body) {
            assertThat(opcode).isEqualTo(CommandOpcode.MODIFY_QP);
            MemorySegment slot = MemorySegment.ofArray(new long[16]);
            body.write(slot, 0);
            lastCommand = slot;
            assertThat(ModifyQp.qpn(slot, 0)).isEqualTo(QPN);
            log.add("command " + IwarpQpState.of(ModifyQp.state(slot, 0)).orElseThrow());
            whileExecuting.run();
            refusal.ifPresent(errno -> {
                throw new ErrnoException(errno);
            });
            return CommandResponse.NONE;
        }
    };
    private MemorySegment lastCommand = MemorySegment.NULL;

    private final ConnectionOwner owner = new ConnectionOwner() {
        @Override
        public void qpLeftRts() {
            log.add("left");
        }

        @Override
        public void qpFailedBeforeRts() {
            log.add("failed");
        }
    };
    private final QueuePairState qp = new QueuePairState(QPN, commands, () -> log.add("flush"));

    /** Brings the QP there, with an end point as long as one is due. RTR can't be reached: no move leads to it. */
    private void bringTo(IwarpQpState state) {
        qp.attach(owner);
        if (state != IDLE) {
            qp.connect(CONNECTION);
        }
        if (state != IDLE && state != RTS) {
            qp.modify(state);
        }
        assertThat(qp.state()).isEqualTo(state);
        log.clear();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        IDLE      | IDLE      | IDLE      |
        IDLE      | RTR       | IDLE      |
        IDLE      | RTS       | EINVAL    |
        IDLE      | CLOSING   | IDLE      |
        IDLE      | TERMINATE | IDLE      |
        IDLE      | ERROR     | ERROR     | command ERROR, flush, failed
        RTS       | IDLE      | RTS       |
        RTS       | RTR       | RTS       |
        RTS       | RTS       | RTS       |
        RTS       | CLOSING   | CLOSING   | command CLOSING, flush, left
        RTS       | TERMINATE | TERMINATE | command TERMINATE, flush, left
        RTS       | ERROR     | ERROR     | command ERROR, flush, left
        CLOSING   | IDLE      | IDLE      |
        CLOSING   | RTR       | ECONNABORTED |
        CLOSING   | RTS       | ECONNABORTED |
        CLOSING   | CLOSING   | CLOSING   |
        CLOSING   | TERMINATE | ECONNABORTED |
        CLOSING   | ERROR     | ERROR     | command ERROR
        TERMINATE | IDLE      | TERMINATE |
        TERMINATE | RTR       | TERMINATE |
        TERMINATE | RTS       | TERMINATE |
        TERMINATE | CLOSING   | TERMINATE |
        TERMINATE | TERMINATE | TERMINATE |
        TERMINATE | ERROR     | ERROR     |
        ERROR     | IDLE      | ERROR     |
        ERROR     | RTR       | ERROR     |
        ERROR     | RTS       | ERROR     |
        ERROR     | CLOSING   | ERROR     |
        ERROR     | TERMINATE | ERROR     |
        ERROR     | ERROR     | ERROR     |
        """)
    void modify_doesWhatTheTableSays(IwarpQpState from, IwarpQpState to, String result, String effects) {
        bringTo(from);

        if (result.startsWith("E") && !result.equals("ERROR")) {
            assertErrno(Errno.valueOf(result), () -> qp.modify(to));
            assertThat(qp.state()).isEqualTo(from);
        } else {
            assertThat(qp.modify(to)).isEqualTo(IwarpQpState.valueOf(result));
            assertThat(qp.state()).isEqualTo(IwarpQpState.valueOf(result));
        }

        assertThat(String.join(", ", log)).isEqualTo(effects == null ? "" : effects);
    }

    @ParameterizedTest
    @EnumSource(IwarpQpState.class)
    void transitionsFromRtr_areThoseFromIdle(IwarpQpState to) {
        assertThat(Transition.of(RTR, to)).isEqualTo(Transition.of(IDLE, to));
    }

    @ParameterizedTest
    @CsvSource({ "IDLE, ERROR", "RTS, CLOSING", "RTS, TERMINATE", "RTS, ERROR", "CLOSING, ERROR" })
    void modify_whoseCommandFails_changesNothing_andTellsNobody(IwarpQpState from, IwarpQpState to) { // defect 7
        bringTo(from);
        refusal = Optional.of(Errno.EIO);

        assertErrno(Errno.EIO, () -> qp.modify(to));

        assertThat(qp.state()).isEqualTo(from);
        assertThat(log).containsExactly("command " + to);
        refusal = Optional.empty();
        assertThat(qp.modify(to)).isEqualTo(to);
    }

    @Test
    void connect_whoseCommandFails_leavesTheQpIdle_withItsEndPoint() { // defect 19
        bringTo(IDLE);
        refusal = Optional.of(Errno.ETIME);

        assertErrno(Errno.ETIME, () -> qp.connect(CONNECTION));

        assertThat(qp.state()).isEqualTo(IDLE);
        refusal = Optional.empty();
        log.clear();
        qp.modify(ERROR);
        assertThat(log).endsWith("failed");
    }

    @Test
    void connect_tellsTheDeviceTheWholeConnection() {
        qp.connect(CONNECTION);

        assertThat(ModifyQp.state(lastCommand, 0)).isEqualTo(RTS.number());
        assertThat(ModifyQp.congestionControl(lastCommand, 0)).isEqualTo(CongestionControl.HPCC_ECN.number());
        assertThat(ModifyQp.peerCookie(lastCommand, 0)).isEqualTo(0xC00C1E);
        assertThat(ModifyQp.sourceIpv4(lastCommand, 0)).isEqualTo(0x0A000001);
        assertThat(ModifyQp.sourcePort(lastCommand, 0)).isEqualTo(7174);
        assertThat(ModifyQp.destinationIpv4(lastCommand, 0)).isEqualTo(0x0A000002);
        assertThat(ModifyQp.destinationPort(lastCommand, 0)).isEqualTo(0xFFFE);
        assertThat(ModifyQp.sendSequence(lastCommand, 0)).isEqualTo(0xFFFF_FFF0);
        assertThat(ModifyQp.receiveSequence(lastCommand, 0)).isEqualTo(0x1000_0001);
        assertThat(qp.state()).isEqualTo(RTS);
    }

    @Test
    void connect_ofThePassiveSide_countsTheReplyInTheSendSequence_modulo32Bits() {
        qp.connect(new ConnectionParameters(CongestionControl.CUBIC, 1, 2, 3, 4, 5, 0xFFFF_FFF0, 6, 28 + 4));

        assertThat(ModifyQp.sendSequence(lastCommand, 0)).isEqualTo(0x10);
    }

    @Test
    void connect_ofAPortThatDoesNotFit_isEinval_andTheQpStaysIdle() {
        ConnectionParameters bad = new ConnectionParameters(CongestionControl.CUBIC, 1, 2, 0x10000, 4, 5, 6, 7, 0);

        assertErrno(Errno.EINVAL, () -> qp.connect(bad));

        assertThat(qp.state()).isEqualTo(IDLE);
    }

    @ParameterizedTest
    @EnumSource(value = IwarpQpState.class, names = { "RTS", "CLOSING", "TERMINATE", "ERROR" })
    void connectAndAttach_beyondRtr_areEinval(IwarpQpState state) {
        bringTo(state);

        assertErrno(Errno.EINVAL, () -> qp.connect(CONNECTION));
        assertErrno(Errno.EINVAL, () -> qp.attach(owner));

        assertThat(log).isEmpty();
    }

    @Test
    void everyCall_leavesTheQpToOtherThreads_alsoOneThatIsRefused() throws InterruptedException {
        qp.attach(owner);
        qp.detach(owner);
        qp.connect(CONNECTION);
        assertErrno(Errno.EINVAL, () -> qp.connect(CONNECTION));
        assertErrno(Errno.EINVAL, () -> qp.attach(owner));
        inAnotherThread(() -> qp.modify(CLOSING));
        assertThat(qp.state()).isEqualTo(CLOSING);
        qp.modify(IDLE);
        refusal = Optional.of(Errno.EIO);
        qp.close();
        inAnotherThread(qp::close);
        assertThat(qp.state()).isEqualTo(ERROR);
    }

    private static void inAnotherThread(Runnable call) throws InterruptedException {
        Thread.ofPlatform().start(call).join();
    }

    @Test
    void attach_ofASecondEndPoint_isEinval_untilTheFirstDetaches() {
        qp.attach(owner);

        assertErrno(Errno.EINVAL, () -> qp.attach(owner));
        qp.detach(owner);
        qp.attach(owner);

        qp.modify(ERROR);
        assertThat(log).containsExactly("command ERROR", "flush", "failed");
    }

    @Test
    void detach_ofAnother_leavesTheOwner() {
        qp.attach(owner);
        qp.connect(CONNECTION);
        log.clear();

        qp.detach(new ConnectionOwner() {
            @Override
            public void qpLeftRts() {}

            @Override
            public void qpFailedBeforeRts() {}
        });
        qp.modify(ERROR);

        assertThat(log).endsWith("left");
    }

    @ParameterizedTest
    @CsvSource({ "IDLE, IDLE", "RTS, CLOSING", "CLOSING, IDLE", "TERMINATE, TERMINATE", "ERROR, ERROR" })
    void streamClosed_closesARunningQp_andEndsAClosingOne(IwarpQpState from, IwarpQpState to) {
        bringTo(from);

        qp.streamClosed();

        assertThat(qp.state()).isEqualTo(to);
        assertThat(log).hasSize(from == RTS ? 3 : 0);
    }

    @Test
    void modify_fromWithinACommand_isNotUndoneByTheOuterOne() {
        bringTo(RTS);
        whileExecuting = () -> {
            whileExecuting = () -> {};
            qp.modify(ERROR);
        };

        qp.modify(CLOSING);

        assertThat(qp.state()).isEqualTo(ERROR);
        assertThat(log).containsOnlyOnce("left");
    }

    @Test
    void close_ofAWorkingQp_movesItToError() {
        bringTo(RTS);

        qp.close();
        qp.close();

        assertThat(qp.state()).isEqualTo(ERROR);
        assertThat(log).containsExactly("command ERROR", "flush", "left");
    }

    @ParameterizedTest
    @CsvSource({ "IDLE, failed", "RTS, left" })
    void close_onADeadDevice_tellsTheEndPointAllTheSame(IwarpQpState from, String told) {
        bringTo(from);
        refusal = Optional.of(Errno.ENODEV);

        qp.close();

        assertThat(qp.state()).isEqualTo(ERROR);
        assertThat(log).containsExactly("command ERROR", told);
    }

    @Test
    void newState_ofAQpnBeyond20Bits_isEinval() {
        assertErrno(Errno.EINVAL, () -> new QueuePairState(1 << 20, commands, () -> {}));
    }

    private static void assertErrno(Errno expected, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(expected));
    }
}
