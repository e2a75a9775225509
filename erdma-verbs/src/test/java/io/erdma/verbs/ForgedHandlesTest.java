package io.erdma.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.verbs.Forger.Objects;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls into a context with handles that are no handles of it: ENOENT, whoever's they are, and nothing changes for anybody. */
class ForgedHandlesTest {
    private final Forger forger = new Forger();
    private final UserProcess stranger = new UserProcess("stranger", true, forger.bench.bench.hardware.ledger());
    private final Objects mine = forger.make(forger.context, forger.process);

    @AfterEach
    void nothingIsLeft() {
        stranger.close();
        forger.bench.assertNothingLeft();
    }

    private enum Kind {
        PD(Objects::pd),
        MR(Objects::mr),
        CHANNEL(Objects::channel),
        CQ(Objects::cq),
        QP(Objects::qp);

        private final ToIntFunction<Objects> handle;

        Kind(ToIntFunction<Objects> handle) {
            this.handle = handle;
        }

        int of(Objects objects) {
            return handle.applyAsInt(objects);
        }
    }

    /** Every call that takes a handle, once for each handle that it takes. */
    private enum Call {
        DEALLOC_PD(Kind.PD),
        REG_MR(Kind.PD),
        CREATE_QP_IN_PD(Kind.PD),
        DEREG_MR(Kind.MR),
        DESTROY_CHANNEL(Kind.CHANNEL),
        POLL_COMPLETION_EVENT(Kind.CHANNEL),
        GET_COMPLETION_EVENT(Kind.CHANNEL),
        CREATE_CQ_ON_CHANNEL(Kind.CHANNEL),
        DESTROY_CQ(Kind.CQ),
        CREATE_QP_WITH_SEND_CQ(Kind.CQ),
        CREATE_QP_WITH_RECEIVE_CQ(Kind.CQ),
        MODIFY_QP(Kind.QP),
        QUERY_QP(Kind.QP),
        DESTROY_QP(Kind.QP);

        private final Kind takes;

        Call(Kind takes) {
            this.takes = takes;
        }

        /** Whether 0 says "none" where it takes a handle. */
        boolean isOptional() {
            return this == CREATE_CQ_ON_CHANNEL || this == CREATE_QP_WITH_SEND_CQ || this == CREATE_QP_WITH_RECEIVE_CQ;
        }
    }

    private void call(Call call, int handle) throws InterruptedException {
        UserContext context = forger.context;
        MemorySegment memory = forger.rings.segment();
        switch (call) {
            case DEALLOC_PD -> context.deallocPd(handle);
            case REG_MR -> context.regMr(handle, memory, memory.address(), 0);
            case CREATE_QP_IN_PD -> createQp(handle, mine.cq(), mine.cq());
            case DEREG_MR -> context.deregMr(handle);
            case DESTROY_CHANNEL -> context.destroyChannel(handle);
            case POLL_COMPLETION_EVENT -> context.pollCompletionEvent(handle);
            case GET_COMPLETION_EVENT -> context.getCompletionEvent(handle);
            case CREATE_CQ_ON_CHANNEL -> context.createCq(UserBench.ENTRIES, 0, handle,
                    MemorySegment.ofArray(forger.goodCq()), Forger.heap(Forger.CQ_RESPONSE_BYTES));
            case DESTROY_CQ -> context.destroyCq(handle);
            case CREATE_QP_WITH_SEND_CQ -> createQp(mine.pd(), handle, mine.cq());
            case CREATE_QP_WITH_RECEIVE_CQ -> createQp(mine.pd(), mine.cq(), handle);
            case MODIFY_QP -> context.modifyQp(handle, QpModifyAttributes.to(QpState.ERR));
            case QUERY_QP -> context.queryQp(handle);
            case DESTROY_QP -> context.destroyQp(handle);
        }
    }

    private void createQp(int pd, int sendCq, int receiveCq) {
        forger.context.createQp(Forger.init(pd, sendCq, receiveCq), MemorySegment.ofArray(forger.goodQp()),
                Forger.heap(Forger.QP_RESPONSE_BYTES));
    }

    private void allAreEnoent(Call call, Objects others) {
        for (Kind kind : Kind.values()) {
            forger.refused(Errno.ENOENT, () -> call(call, kind.of(others)));
        }
        theContextStillWorks();
    }

    private void theContextStillWorks() {
        Forger.destroy(forger.make(forger.context, forger.process));
    }

    @ParameterizedTest
    @EnumSource
    void handlesOfAnotherContext_ofTheSameProgram(Call call) {
        UserContext other = forger.bench.open();
        Objects others = forger.make(other, forger.process);

        allAreEnoent(call, others);

        Forger.destroy(others);
        other.close();
    }

    @ParameterizedTest
    @EnumSource
    void handlesOfAnotherProgram(Call call) {
        UserContext other = forger.bench.device.openContext(stranger, Forger.heap(Forger.CONTEXT_RESPONSE_BYTES));
        Objects others = forger.make(other, stranger);

        allAreEnoent(call, others);

        Forger.destroy(others);
        other.close();
    }

    @ParameterizedTest
    @EnumSource
    void handlesOfAnotherDevice(Call call) {
        try (Bench elsewhere = new Bench(Bench.EXTENDED);
                UserProcess there = new UserProcess("there", true, elsewhere.hardware.ledger())) {
            elsewhere.commands.answer(CommandOpcode.ALLOC_DB,
                    AllocDbResponse.compose(UserBench.CQ_PAGE, UserBench.RQ_PAGE, UserBench.SQ_PAGE));
            UserContext other = elsewhere.device.openContext(there, Forger.heap(Forger.CONTEXT_RESPONSE_BYTES));
            for (int i = 0; i < 50; i++) {
                other.deallocPd(other.allocPd()); // each device counts for itself: these numbers are not reached here
            }
            Objects others = forger.make(other, there);

            allAreEnoent(call, others);

            Forger.destroy(others);
        }
    }

    @ParameterizedTest
    @EnumSource
    void staleHandles(Call call) {
        Objects gone = forger.make(forger.context, forger.process);
        Forger.destroy(gone);

        allAreEnoent(call, gone);
    }

    @ParameterizedTest
    @EnumSource
    void handlesOfAContextThatIsClosed(Call call) {
        UserContext other = forger.bench.open();
        Objects gone = forger.make(other, forger.process);
        other.close();

        allAreEnoent(call, gone);
    }

    @ParameterizedTest
    @EnumSource
    void handlesOfAnotherKind(Call call) {
        for (Kind kind : Kind.values()) {
            if (kind != call.takes) {
                forger.refused(Errno.ENOENT, () -> call(call, kind.of(mine)));
            }
        }
        theContextStillWorks();
    }

    @ParameterizedTest
    @EnumSource
    void numbersThatNeverWereHandles(Call call) {
        List<Integer> numbers = new ArrayList<>(List.of(-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30,
                call.takes.of(mine) + 1000, -call.takes.of(mine)));
        if (!call.isOptional()) {
            numbers.add(0);
        }
        for (int number : numbers) {
            forger.refused(Errno.ENOENT, () -> call(call, number));
        }
        theContextStillWorks();
    }

    @ParameterizedTest
    @EnumSource
    void ownHandles_onceTheContextIsClosed_areEbadf(Call call) {
        UserContext context = forger.context;
        assertThat(context.snapshot().qps()).isEqualTo(1);
        context.close();
        List<Object> before = forger.census();
        Bench.assertRefused(Errno.EBADF, () -> call(call, call.takes.of(mine)));
        assertThat(forger.census()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void ownHandles_onceTheDeviceIsGone_areEnodev(Call call) {
        forger.bench.device.close();
        List<Object> before = forger.census();
        Bench.assertRefused(Errno.ENODEV, () -> call(call, call.takes.of(mine)));
        assertThat(forger.census()).isEqualTo(before);
    }

    @Test
    void objectsInUse_areEbusy_untilTheirUsersAreGone() {
        UserContext context = forger.context;
        forger.refused(Errno.EBUSY, () -> context.deallocPd(mine.pd()));
        forger.refused(Errno.EBUSY, () -> context.destroyCq(mine.cq()));
        forger.refused(Errno.EBUSY, () -> context.destroyChannel(mine.channel()));

        context.destroyQp(mine.qp());
        forger.refused(Errno.EBUSY, () -> context.deallocPd(mine.pd()));
        forger.refused(Errno.EBUSY, () -> context.destroyChannel(mine.channel()));
        context.destroyCq(mine.cq());
        context.destroyChannel(mine.channel());
        context.deregMr(mine.mr());
        context.deallocPd(mine.pd());
    }

    @Test
    void destroyingTwice_isEnoent() {
        UserContext context = forger.context;
        context.destroyQp(mine.qp());
        forger.refused(Errno.ENOENT, () -> context.destroyQp(mine.qp()));
        context.destroyCq(mine.cq());
        forger.refused(Errno.ENOENT, () -> context.destroyCq(mine.cq()));
        context.destroyChannel(mine.channel());
        forger.refused(Errno.ENOENT, () -> context.destroyChannel(mine.channel()));
        context.deregMr(mine.mr());
        forger.refused(Errno.ENOENT, () -> context.deregMr(mine.mr()));
        context.deallocPd(mine.pd());
        forger.refused(Errno.ENOENT, () -> context.deallocPd(mine.pd()));
    }

    @Test
    void noCq_isEopnotsupp_noChannelIsNoError() {
        forger.refused(Errno.EOPNOTSUPP, () -> createQp(mine.pd(), 0, mine.cq()));
        forger.refused(Errno.EOPNOTSUPP, () -> createQp(mine.pd(), mine.cq(), 0));
        forger.context.destroyCq(forger.createCq(forger.goodCq()));
    }
}
