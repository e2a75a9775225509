package io.erdma.bench;

import io.erdma.cm.ConnectionOptions;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.CqInitAttributes;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.MemorySegment;

/** What a tenant needs for connections, which share it: a PD, a CQ and registered memory. One thread. */
final class End implements AutoCloseable {
    private static final int COMPLETIONS = 4096;
    private static final int POLLED = 32;
    /** Polls in a row that find nothing, after which a completion is missing: a guard against hanging, not a limit of speed. */
    private static final int LOOKS = 2_000_000_000;

    final ProtectionDomain pd;
    final CompletionQueue cq;
    final MemorySegment memory;
    final MemoryRegion mr;
    private final WorkCompletion[] completions = WorkCompletion.array(POLLED);

    End(Host host, MemorySegment memory) {
        ErdmaDevice device = host.device(Tenants.LINK).orElseThrow();
        this.pd = device.allocPd();
        this.cq = device.createCq(CqInitAttributes.of(COMPLETIONS).singleThreaded().build());
        this.memory = memory;
        this.mr = pd.regMr(memory, Access.values());
    }

    ConnectionOptions options(QpCapabilities sizes) {
        return ConnectionOptions.builder().capabilities(sizes).pd(pd).cq(cq).singleThreaded().build();
    }

    /** A chain of requests with one element each, from this memory to the peer's, of which the last is signaled. */
    SendRequest chain(WrOpcode opcode, int requests, int bytes, End peer) {
        SendRequest first = request(opcode, bytes, peer);
        first.flags = SendFlag.SIGNALED;
        for (int i = 1; i < requests; i++) {
            SendRequest before = request(opcode, bytes, peer);
            before.next = first;
            first = before;
        }
        return first;
    }

    private SendRequest request(WrOpcode opcode, int bytes, End peer) {
        SendRequest request = new SendRequest().addSge(memory.address(), bytes, mr.lkey());
        request.opcode = opcode;
        request.remoteAddress = peer.memory.address();
        request.remoteKey = peer.mr.rkey();
        return request;
    }

    /** A chain of receives. */
    ReceiveRequest receives(int requests, int bytes) {
        ReceiveRequest first = receive(bytes);
        for (int i = 1; i < requests; i++) {
            ReceiveRequest before = receive(bytes);
            before.next = first;
            first = before;
        }
        return first;
    }

    private ReceiveRequest receive(int bytes) {
        return new ReceiveRequest().set(0, memory.address(), bytes, mr.lkey());
    }

    /** Posts a chain, which must be taken. */
    static void post(QueuePair qp, SendRequest chain) {
        requireTaken(qp.postSend(chain));
    }

    /** Posts a chain of receives, which must be taken. */
    static void post(QueuePair qp, ReceiveRequest chain) {
        requireTaken(qp.postRecv(chain));
    }

    private static void requireTaken(long result) {
        if (!PostResult.isOk(result)) {
            throw new IllegalStateException("a request was not taken");
        }
    }

    /** Takes so many completions, which must be good. Spins for them, until the thread is interrupted. */
    void take(int count) {
        int looks = 0;
        for (int left = count; left > 0;) {
            int taken = cq.poll(left, completions);
            for (int i = 0; i < taken; i++) {
                if (completions[i].status != WcStatus.SUCCESS) {
                    throw new IllegalStateException(completions[i].toString());
                }
            }
            left -= taken;
            if (taken > 0) {
                looks = 0;
            } else if (++looks == LOOKS || Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException(left + " completions are missing");
            } else {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        mr.close();
        cq.close();
        pd.close();
    }
}
