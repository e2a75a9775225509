package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.CqInitAttributes;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/** One end of a connection: a PD, a CQ, a QP, and 64 KiB of registered memory between two guard pages that nobody may write. */
final class Side implements AutoCloseable {
    static final int BYTES = 64 << 10;
    static final QpCapabilities SIZES = new QpCapabilities(16, 16, 6, 1, 96);

    private static final int GUARD = 4096;
    private static final byte GUARD_BYTE = 0x5A;

    final ErdmaDevice device;
    final ProtectionDomain pd;
    final CompletionQueue cq;
    final QueuePair qp;
    final MemorySegment memory;
    final MemoryRegion mr;
    /** Asynchronous events of the QP. */
    final Queue<AsyncEvent> events = new ConcurrentLinkedQueue<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment guarded;
    private final WorkCompletion[] one = WorkCompletion.array(1);

    private Side(ErdmaDevice device, UnaryOperator<CqInitAttributes.Builder> cqSettings,
            UnaryOperator<QpInitAttributes.Builder> qpSettings) {
        this.device = device;
        guarded = arena.allocate(BYTES + 2 * GUARD, GUARD);
        guarded.fill(GUARD_BYTE);
        memory = guarded.asSlice(GUARD, BYTES);
        memory.fill((byte) 0);
        pd = device.allocPd();
        cq = device.createCq(cqSettings.apply(CqInitAttributes.of(256)).build());
        qp = pd.createQp(qpSettings.apply(QpInitAttributes.of(cq).capabilities(SIZES)
                .eventHandler(events::add)).build());
        mr = pd.regMr(memory, Access.values());
    }

    static Side of(ErdmaDevice device) { return of(device, settings -> settings, settings -> settings); }

    static Side of(
            ErdmaDevice device, UnaryOperator<CqInitAttributes.Builder> cqSettings,
            UnaryOperator<QpInitAttributes.Builder> qpSettings) {
        return new Side(device, cqSettings, qpSettings);
    }

    long address(long offset) { return memory.address() + offset; }

    byte[] bytes(long offset, int length) { return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE); }

    void put(long offset, byte... bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    long getLong(long offset) { return memory.get(ValueLayout.JAVA_LONG, offset); }

    void putLong(long offset, long value) { memory.set(ValueLayout.JAVA_LONG, offset, value); }

    void receive(long wrId, long offset, int length) {
        post(new ReceiveRequest().set(wrId, address(offset), length, mr.lkey()));
    }

    void receiveEmpty(long wrId) {
        ReceiveRequest request = new ReceiveRequest();
        request.setEmpty(wrId);
        post(request);
    }

    void post(ReceiveRequest request) { assertThat(qp.postRecv(request)).isEqualTo(PostResult.ok(1)); }

    void post(SendRequest request) {
        int requests = 0;
        for (SendRequest at = request; at != null; at = at.next) {
            requests++;
        }
        assertThat(qp.postSend(request)).isEqualTo(PostResult.ok(requests));
    }

    /** The next completion, waited for. */
    WorkCompletion await() {
        Await.until("there is a completion at " + qp, () -> cq.poll(1, one) != 0);
        return one[0];
    }

    /** The next completion, which must be a success. */
    WorkCompletion awaitOk() { return await(WcStatus.SUCCESS); }

    /** The next completion, which must be of this status. */
    WorkCompletion await(WcStatus status) {
        WorkCompletion completion = await();
        assertThat(completion.status).as("%s", completion).isEqualTo(status);
        return completion;
    }

    boolean nothingCompleted() { return cq.poll(1, one) == 0; }

    void awaitEvent() { Await.until("there is an event of " + qp, () -> !events.isEmpty()); }

    void assertGuardsUntouched() {
        assertThat(guarded.asSlice(0, GUARD).toArray(ValueLayout.JAVA_BYTE)).containsOnly(GUARD_BYTE);
        assertThat(guarded.asSlice(GUARD + BYTES, GUARD).toArray(ValueLayout.JAVA_BYTE)).containsOnly(GUARD_BYTE);
    }

    @Override
    public void close() {
        qp.close();
        mr.close();
        cq.close();
        pd.close();
        assertGuardsUntouched();
        arena.close();
    }
}
