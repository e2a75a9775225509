package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.model.profile.Feature;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * What a card must do with requests (device-behaviour §3, §4), written down once more, as simply as it can be said: QPs that have something to do are looked at
 * one after the other.
 */
final class Engine {
    /** Vendor error of a malformed request. */
    private static final int BAD_REQUEST = 0x20;

    private final DeviceProfile profile;
    private final ArrayDeque<Qp> toLookAt = new ArrayDeque<>();
    private long failures;

    Engine(DeviceProfile profile) {
        this.profile = profile;
    }

    /** Something was posted, or the QP's state has changed. */
    void look(Qp qp) {
        if (!toLookAt.contains(qp)) {
            toLookAt.add(qp);
        }
    }

    /** Two QPs are joined: the one that came second learns of it first. */
    void join(Qp first, Qp second) {
        first.peer = second;
        second.peer = first;
        first.device = Qp.Device.RTS;
        second.device = Qp.Device.RTS;
        look(second);
        look(first);
    }

    /** The driver moves a QP out of RTS, or to an error before. */
    void leave(Qp qp) {
        qp.device = Qp.Device.FLUSHING;
        look(qp);
    }

    long failures() {
        return failures;
    }

    /** Until there is nothing more to do. */
    void run() {
        for (Qp qp = toLookAt.poll(); qp != null; qp = toLookAt.poll()) {
            work(qp);
        }
    }

    private void work(Qp qp) {
        while (qp.device == Qp.Device.RTS && !qp.sends.isEmpty()) {
            Wr request = qp.sends.poll();
            Verdict verdict = qp.peer.device == Qp.Device.RTS
                    ? execute(qp, request)
                    : new Verdict(WcStatus.RETRY_EXC_ERR);
            if (!verdict.ok() || request.signaled()) {
                qp.sendDone(request.done(verdict));
            }
            if (!verdict.ok()) {
                failures++;
                fail(qp);
            }
        }
        if (qp.device == Qp.Device.FLUSHING) {
            flush(qp);
        }
    }

    private void flush(Qp qp) {
        for (Wr request = qp.sends.poll(); request != null; request = qp.sends.poll()) {
            qp.sendDone(request.done(Verdict.FLUSHED));
        }
        for (Buffer buffer = qp.buffers.poll(); buffer != null; buffer = qp.buffers.poll()) {
            qp.receiveDone(buffer.failed(Verdict.FLUSHED));
        }
    }

    private void fail(Qp qp) {
        if (qp.device == Qp.Device.RTS) {
            qp.device = Qp.Device.FLUSHING;
            qp.fatalEvents++;
            look(qp);
        }
    }

    private Verdict execute(Qp qp, Wr request) {
        return switch (request.opcode()) {
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM -> write(qp, request);
            case SEND, SEND_WITH_IMM, SEND_WITH_INV -> send(qp, request);
            case RDMA_READ -> read(qp, request);
            case ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD -> atomic(qp, request);
            case RDMA_READ_WITH_INV, REG_MR, LOCAL_INV ->
                throw new IllegalStateException("the walk has no " + request.opcode());
        };
    }

    private Verdict write(Qp qp, Wr request) {
        Fault source = source(qp, request);
        if (source != Fault.NONE) {
            return source.local();
        }
        Qp peer = qp.peer;
        boolean immediate = request.opcode() == WrOpcode.RDMA_WRITE_WITH_IMM;
        if (immediate && peer.buffers.isEmpty()) {
            return refuse(peer, Decision.NO_RECEIVE);
        }
        if (request.length() > 0) {
            Fault target = peer.side().check(request.remoteKey(), peer.pd, request.remoteAddress(), request.length(),
                    Access.REMOTE_WRITE, false);
            if (target != Fault.NONE) {
                return refuse(peer, target, Decision.REFUSED_BY_PEER);
            }
            peer.side().write(request.remoteKey(), request.remoteAddress(), bytes(qp, request));
        }
        if (immediate) {
            peer.receiveDone(peer.buffers.poll().took(request, WcOpcode.RECV_RDMA_WITH_IMM));
        }
        return Verdict.SUCCESS;
    }

    private Verdict send(Qp qp, Wr request) {
        Fault source = source(qp, request);
        if (source != Fault.NONE) {
            return source.local();
        }
        Qp peer = qp.peer;
        Buffer buffer = peer.buffers.peek();
        if (buffer == null) {
            return refuse(peer, Decision.NO_RECEIVE);
        }
        if (request.length() > buffer.bytes()) {
            return refuseBuffer(peer, new Verdict(profile.status(Decision.TOO_SMALL_RECEIVE)),
                    Decision.TOO_SMALL_RECEIVE);
        }
        if (request.opcode() == WrOpcode.SEND_WITH_INV) {
            return refuse(peer, Decision.INVALIDATE_OF_WHAT_CANNOT_BE);
        }
        if (request.length() > 0) {
            Fault target = peer.side().check(buffer.key(), peer.pd, buffer.address(), request.length(),
                    Access.LOCAL_WRITE, true);
            if (target != Fault.NONE) {
                return refuseBuffer(peer, target.remote(WcStatus.REM_ACCESS_ERR), Decision.BAD_RECEIVE_AT_SENDER);
            }
            peer.side().write(buffer.key(), buffer.address(), bytes(qp, request));
        }
        peer.receiveDone(peer.buffers.poll().took(request, WcOpcode.RECV));
        return Verdict.SUCCESS;
    }

    private Verdict read(Qp qp, Wr request) {
        if (request.length() == 0) {
            return Verdict.SUCCESS;
        }
        Fault sink = sink(qp, request, request.length());
        if (sink != Fault.NONE) {
            return sink.local();
        }
        Qp peer = qp.peer;
        Fault source = peer.side().check(request.remoteKey(), peer.pd, request.remoteAddress(), request.length(),
                Access.REMOTE_READ, false);
        if (source != Fault.NONE) {
            return refuse(peer, source, Decision.REFUSED_BY_PEER);
        }
        qp.side().write(request.keys()[0], request.addresses()[0],
                peer.side().read(request.remoteKey(), request.remoteAddress(), (int) request.length()));
        return Verdict.SUCCESS;
    }

    private Verdict atomic(Qp qp, Wr request) {
        if (!profile.has(Feature.ATOMICS)) {
            return new Verdict(profile.status(Decision.OPCODE_WITHOUT_FEATURE), BAD_REQUEST);
        }
        if (Integer.compareUnsigned(request.lengths()[0], Long.BYTES) < 0) {
            return Fault.ADDRESS.local();
        }
        Fault sink = sink(qp, request, Long.BYTES);
        if (sink != Fault.NONE) {
            return sink.local();
        }
        Qp peer = qp.peer;
        Fault target = peer.side().check(request.remoteKey(), peer.pd, request.remoteAddress(), Long.BYTES,
                Access.REMOTE_ATOMIC, false);
        if (target != Fault.NONE) {
            return refuse(peer, target, Decision.REFUSED_BY_PEER);
        }
        if (request.remoteAddress() % Long.BYTES != 0) {
            return refuse(peer, Fault.ADDRESS, Decision.UNALIGNED_ATOMIC);
        }
        byte[] before = peer.side().read(request.remoteKey(), request.remoteAddress(), Long.BYTES);
        peer.side().write(request.remoteKey(), request.remoteAddress(), bytes(after(request, number(before))));
        qp.side().write(request.keys()[0], request.addresses()[0], before);
        return Verdict.SUCCESS;
    }

    private static long after(Wr request, long before) {
        if (request.opcode() == WrOpcode.ATOMIC_FETCH_AND_ADD) {
            return before + request.compareAdd();
        }
        return before == request.compareAdd() ? request.swap() : before;
    }

    private static long number(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static byte[] bytes(long number) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
    }

    /** Every element of a message, in order; one without bytes needs no key. */
    private static Fault source(Qp qp, Wr request) {
        for (int i = 0; request.inline() == null && i < request.lengths().length; i++) {
            Fault fault = request.lengths()[i] == 0
                    ? Fault.NONE
                    : qp.side().check(request.keys()[i], qp.pd, request.addresses()[i],
                            Integer.toUnsignedLong(request.lengths()[i]), null, true);
            if (fault != Fault.NONE) {
                return fault;
            }
        }
        return Fault.NONE;
    }

    private static Fault sink(Qp qp, Wr request, long bytes) {
        return qp.side().check(request.keys()[0], qp.pd, request.addresses()[0], bytes, Access.LOCAL_WRITE, true);
    }

    private static byte[] bytes(Qp qp, Wr request) {
        if (request.inline() != null) {
            return request.inline();
        }
        ByteBuffer all = ByteBuffer.allocate((int) request.length());
        for (int i = 0; i < request.lengths().length; i++) {
            if (request.lengths()[i] != 0) {
                all.put(qp.side().read(request.keys()[i], request.addresses()[i], request.lengths()[i]));
            }
        }
        return all.array();
    }

    private Verdict refuse(Qp peer, Decision decision) {
        fail(peer);
        return new Verdict(profile.status(decision));
    }

    private Verdict refuse(Qp peer, Fault fault, Decision decision) {
        fail(peer);
        return fault.remote(profile.status(decision));
    }

    /** The receive itself is at fault, and says so. */
    private Verdict refuseBuffer(Qp peer, Verdict own, Decision decision) {
        peer.receiveDone(peer.buffers.poll().failed(own));
        return refuse(peer, decision);
    }
}
