package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.abi.UreqCreateCq;
import io.erdma.hw.abi.UreqCreateQp;
import io.erdma.hw.abi.UrespCreateCq;
import io.erdma.hw.abi.UrespCreateQp;
import io.erdma.hw.abi.UserAbi;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQpResponse;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes the CQs and QPs of one user context out of the program's memory (kernel: the user halves of {@code erdma_create_cq} and {@code erdma_create_qp}). */
final class UserQueueFactory {
    private final DeviceParts parts;
    private final Lifetime lifetime;
    private final CqFactory cqs;
    private final QpFactory qps;
    private final UserQueues queues;
    private final UserDoorbells doorbells;
    private final Consumer<UserAsyncEvent> asyncEvents;

    UserQueueFactory(DeviceParts parts, Lifetime lifetime, CqFactory cqs, QpFactory qps, UserQueues queues,
            UserDoorbells doorbells, Consumer<UserAsyncEvent> asyncEvents) {
        this.parts = parts;
        this.lifetime = lifetime;
        this.cqs = cqs;
        this.qps = qps;
        this.queues = queues;
        this.doorbells = doorbells;
        this.asyncEvents = asyncEvents;
    }

    /** How many pages of doorbell records are mapped. */
    int recordPages() {
        return queues.recordPages();
    }

    /** See {@link UserContext#createCq}. */
    UserCq createCq(int handle, int entries, int vector, Optional<UserChannel> channel, MemorySegment request,
            MemorySegment response) {
        lifetime.check();
        cqs.check(entries, vector);
        MemorySegment asked = AbiBytes.request(request, UreqCreateCq.BYTES, UreqCreateCq.RESERVED);
        AbiBytes.checkResponse(response, UrespCreateCq.BYTES);
        channel.ifPresent(UserChannel::enter);
        UserCq cq;
        try {
            cq = makeCq(handle, entries, vector, channel, asked);
        } catch (RuntimeException e) {
            channel.ifPresent(UserChannel::leave);
            throw e;
        }
        cqs.table().publish(cq.cqn(), cq);
        try {
            lifetime.check();
            answer(response, cq);
        } catch (RuntimeException e) {
            cq.remove();
            throw e;
        }
        return cq;
    }

    private UserCq makeCq(int handle, int entries, int vector, Optional<UserChannel> channel, MemorySegment asked) {
        Releases memory = new Releases();
        Releases number = new Releases();
        try {
            int cqn = cqs.table().reserve();
            number.add(() -> cqs.table().free(cqn));
            UserQueues.ForCq queue = queues.forCq(entries, asked, memory);
            parts.commands().execute(CommandOpcode.CREATE_CQ,
                    UserQueueCommands.createCq(cqn, vector, queue, doorbells));
            return new UserCq(cqs, handle, new UserCq.Shape(cqn, queue.depth(), vector), channel, asyncEvents, memory,
                    number::close);
        } catch (RuntimeException e) {
            memory.close();
            number.close();
            throw e;
        }
    }

    private static void answer(MemorySegment response, UserCq cq) {
        MemorySegment answer = AbiBytes.zeroed(UrespCreateCq.BYTES);
        UrespCreateCq.setCqId(answer, 0, cq.cqn());
        UrespCreateCq.setNumCqe(answer, 0, cq.entries());
        AbiBytes.respond(response, answer);
    }

    /** See {@link UserContext#createQp}. */
    UserQp createQp(int handle, ProtectionDomain pd, Optional<UserCq> sendCq, Optional<UserCq> receiveCq,
            UserQpInit init, MemorySegment request, MemorySegment response) {
        lifetime.check();
        UserCq sends = sendCq.orElseThrow(UserQueueFactory::noCq);
        UserCq receives = receiveCq.orElseThrow(UserQueueFactory::noCq);
        MemorySegment asked = AbiBytes.request(request, UreqCreateQp.BYTES, UreqCreateQp.RESERVED);
        AbiBytes.checkResponse(response, UrespCreateQp.BYTES);
        UserQp qp = makeQp(handle, pd, sends, receives, init.capabilities(), asked);
        qps.table().publish(qp.qpn(), qp);
        try {
            lifetime.check();
            answer(response, qp);
        } catch (RuntimeException e) {
            qp.remove();
            throw e;
        }
        return qp;
    }

    private UserQp makeQp(int handle, ProtectionDomain pd, UserCq sends, UserCq receives, QpCapabilities sizes,
            MemorySegment asked) {
        Releases uses = new Releases();
        Releases number = new Releases();
        try {
            enter(pd, sends, receives, uses);
            int qpn = qps.table().reserve();
            number.add(() -> qps.table().free(qpn));
            UserQueues.ForQp rings = queues.forQp(sizes, asked, uses);
            int cookie = CreateQpResponse.cookie(parts.commands().execute(CommandOpcode.CREATE_QP,
                    UserQueueCommands.createQp(qpn, pd.pdn(), sends.cqn(), receives.cqn(), rings, doorbells)));
            UserQp.Shape shape = new UserQp.Shape(qpn, cookie, sends.cqn(), receives.cqn(), rings.sendDepth(),
                    rings.receiveDepth(), sizes);
            return new UserQp(qps, pd, handle, shape, parts.commands(), asyncEvents, uses, number::close);
        } catch (RuntimeException e) {
            uses.close();
            number.close();
            throw e;
        }
    }

    private static void enter(ProtectionDomain pd, UserCq sends, UserCq receives, Releases uses) {
        pd.enter();
        uses.add(pd::leave);
        sends.enter();
        uses.add(sends::leave);
        receives.enter();
        uses.add(receives::leave);
    }

    private static void answer(MemorySegment response, UserQp qp) {
        MemorySegment answer = AbiBytes.zeroed(UrespCreateQp.BYTES);
        UrespCreateQp.setQpId(answer, 0, qp.qpn());
        UrespCreateQp.setNumSqe(answer, 0, qp.shape().sendDepth());
        UrespCreateQp.setNumRqe(answer, 0, qp.shape().receiveDepth());
        UrespCreateQp.setRqOffset(answer, 0, (int) UserAbi.rqOffset(qp.shape().sendDepth()));
        AbiBytes.respond(response, answer);
    }

    private static ErrnoException noCq() {
        return new ErrnoException(Errno.EOPNOTSUPP, "QP without a CQ for each queue");
    }
}
