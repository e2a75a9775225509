package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A program without a provider, which speaks to the kernel's side in bytes that it put together itself, and not always honestly. */
final class Forger implements AutoCloseable {
    /** Bytes of both requests: 0 record, 8 buffer, 16 its length (32 bits), 20 reserved. */
    static final int REQUEST_BYTES = 24;
    static final int RESERVED = 20;
    static final int CQ_RESPONSE_BYTES = 8;
    static final int QP_RESPONSE_BYTES = 16;
    static final int CONTEXT_RESPONSE_BYTES = 40;
    static final int CQ_BYTES = UserBench.ENTRIES * 32;
    /** 64 building blocks are half a page, but the receive ring begins a page. */
    static final int QP_BYTES = 4096 + 8 * 32;

    final UserBench bench;
    final UserContext context;
    final UserProcess process;
    final AnonymousMemory rings;
    final AnonymousMemory records;

    Forger() {
        this.bench = new UserBench();
        this.context = bench.context;
        this.process = bench.process;
        this.rings = bench.rings;
        this.records = bench.records;
    }

    /** Objects of each kind that use each other, in one context. */
    record Objects(UserContext context, int pd, int mr, int channel, int cq, int qp) {}

    static byte[] request(long record, long buffer, int length) {
        return ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(record).putLong(buffer)
                .putInt(length).putInt(0).array();
    }

    byte[] goodCq() {
        return request(records.address(), rings.address(), CQ_BYTES);
    }

    byte[] goodQp() {
        return request(records.address() + 64, rings.address() + 4096, QP_BYTES);
    }

    static MemorySegment heap(int bytes) {
        return MemorySegment.ofArray(new byte[bytes]);
    }

    int createCq(byte[] request) {
        return context.createCq(UserBench.ENTRIES, 0, 0, MemorySegment.ofArray(request), heap(CQ_RESPONSE_BYTES));
    }

    int createQp(int pd, int cq, byte[] request) {
        return context.createQp(init(pd, cq, cq), MemorySegment.ofArray(request), heap(QP_RESPONSE_BYTES)).handle();
    }

    static UserQpInit init(int pd, int sendCq, int receiveCq) {
        return new UserQpInit(pd, sendCq, receiveCq, UserBench.SIZES, QpType.RC);
    }

    /** One of each in a context, in the memory of its process, all busy. */
    Objects make(UserContext in, UserProcess of) {
        long memory = of.mmap(4 * 4096).address();
        int pd = in.allocPd();
        int mr = in.regMr(pd, of.find(memory, 4096), memory, Access.LOCAL_WRITE.bit()).handle();
        int channel = in.createChannel();
        int cq = in.createCq(UserBench.ENTRIES, 0, channel,
                MemorySegment.ofArray(request(memory, memory, CQ_BYTES)), heap(CQ_RESPONSE_BYTES));
        int qp = in.createQp(init(pd, cq, cq),
                MemorySegment.ofArray(request(memory + 64, memory + 4096, QP_BYTES)), heap(QP_RESPONSE_BYTES))
                .handle();
        return new Objects(in, pd, mr, channel, cq, qp);
    }

    static void destroy(Objects objects) {
        objects.context.destroyQp(objects.qp);
        objects.context.destroyCq(objects.cq);
        objects.context.destroyChannel(objects.channel);
        objects.context.deregMr(objects.mr);
        objects.context.deallocPd(objects.pd);
    }

    /** All that a refused call could have left: objects, mappings and memory, open files, commands. */
    List<Object> census() {
        return List.of(context.snapshot(), bench.device.snapshot(), bench.bench.hardware.ledger().outstanding(),
                process.openFiles(), process.memoryBytes(), bench.bench.commands.opcodes());
    }

    /** The call is refused, and everything is as before. */
    void refused(Errno errno, ThrowingCallable call) {
        List<Object> before = census();
        assertRefused(errno, call);
        assertThat(census()).isEqualTo(before);
    }

    /** The context does what it should, whatever was asked of it before; then nothing of anything is left. */
    void assertWorksAndLeavesNothing() {
        Objects honest = make(context, process);
        assertThat(context.snapshot().qps()).isPositive();
        destroy(honest);
        bench.assertNothingLeft();
    }

    @Override
    public void close() {
        bench.close();
    }
}
