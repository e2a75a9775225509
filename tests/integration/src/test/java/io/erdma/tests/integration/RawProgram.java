package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.Mmio;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;
import io.erdma.driver.Host;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.Rqe;
import io.erdma.hw.Sge;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.verbs.UserContext;
import io.erdma.verbs.UserMr;
import io.erdma.verbs.UserQpInit;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A program without the provider: its structs are bytes, its rings and doorbells are written by hand. It can be honest too. */
final class RawProgram implements AutoCloseable {
    static final QpCapabilities SIZES = new QpCapabilities(16, 8, 6, 1, 96);
    static final int CQES = 64;
    static final int CQ_BYTES = CQES * 32;
    static final int QP_BYTES = 4096 + 8 * 32;
    private static final int PAGE = 4096;
    private static final int RECORDS = 0;
    private static final int COMPLETIONS = PAGE;
    private static final int SENDS = 2 * PAGE;
    private static final int RECEIVES = 3 * PAGE;
    private static final int DATA = 4 * PAGE;

    final UserProcess process;
    final UserContext kernel;
    final Mmio sendPage;
    final Mmio receivePage;
    final Mmio completionPage;
    final AnonymousMemory memory;
    private int producer;
    private int consumer;

    private RawProgram(Host host, String name, boolean rawIo) {
        process = host.startProcess(name, rawIo);
        memory = process.mmap(5 * PAGE);
        MemorySegment response = MemorySegment.ofArray(new long[UrespAllocCtx.BYTES / Long.BYTES]);
        kernel = host.device("erdma0").orElseThrow().openContext(process, response);
        sendPage = kernel.mmap(UrespAllocCtx.sdb(response, 0), PAGE);
        receivePage = kernel.mmap(UrespAllocCtx.rdb(response, 0), PAGE);
        completionPage = kernel.mmap(UrespAllocCtx.cdb(response, 0), PAGE);
    }

    static RawProgram on(Host host, String name) { return new RawProgram(host, name, false); }

    static RawProgram privileged(Host host, String name) { return new RawProgram(host, name, true); }

    /** What an honest program has: each handle, and the numbers that the device knows. */
    record Objects(int pd, UserMr mr, int channel, int cq, int cqn, int qp, int qpn) {}

    /** Either request of the ABI: 0 record, 8 buffer, 16 its length, 20 reserved. */
    static MemorySegment request(long record, long buffer, int length) {
        return MemorySegment.ofArray(ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(record)
                .putLong(buffer).putInt(length).putInt(0).array());
    }

    MemorySegment cqRequest() { return request(memory.address() + RECORDS, memory.address() + COMPLETIONS, CQ_BYTES); }

    MemorySegment qpRequest() { return request(memory.address() + RECORDS + 16, memory.address() + SENDS, QP_BYTES); }

    static MemorySegment response(int bytes) { return MemorySegment.ofArray(new byte[bytes]); }

    static UserQpInit init(int pd, int cq) { return new UserQpInit(pd, cq, cq, SIZES, QpType.RC); }

    Objects make() {
        memory.segment().asSlice(RECORDS, COMPLETIONS + PAGE).fill((byte) 0);
        producer = 0;
        consumer = 0;
        int pd = kernel.allocPd();
        UserMr mr = kernel.regMr(pd, data(), data().address(), Access.bits(Access.values()));
        int channel = kernel.createChannel();
        MemorySegment cqAnswer = response(8);
        int cq = kernel.createCq(CQES, 0, channel, cqRequest(), cqAnswer);
        MemorySegment qpAnswer = response(16);
        int qp = kernel.createQp(init(pd, cq), qpRequest(), qpAnswer).handle();
        return new Objects(pd, mr, channel, cq, first(cqAnswer), qp, first(qpAnswer));
    }

    private static int first(MemorySegment answer) { return answer.get(ValueLayout.JAVA_INT_UNALIGNED, 0); }

    void destroy(Objects objects) {
        kernel.destroyQp(objects.qp);
        kernel.destroyCq(objects.cq);
        kernel.destroyChannel(objects.channel);
        kernel.deregMr(objects.mr.handle());
        kernel.deallocPd(objects.pd);
    }

    MemorySegment data() { return memory.segment().asSlice(DATA, PAGE); }

    /** Puts a WRITE of 8 bytes into the ring, by hand, and rings. */
    void write(Objects objects, long from, int lkey, long to, int rkey) {
        MemorySegment ring = memory.segment();
        long at = SENDS + 32L * producer;
        producer += 2;
        SqeWrite.setLength(ring, at, 8);
        SqeWrite.setSinkStag(ring, at, rkey);
        SqeWrite.setSinkOffset(ring, at, to);
        Sge.set(ring, at + SqeWrite.SGL_OFFSET, from, 8, lkey);
        SqeHeader.store(ring, at,
                SqeHeader.compose(1, 2, objects.qpn, SqOpcode.WRITE, SqeHeader.SIGNALED, producer));
        long doorbell = SqDoorbell.compose(objects.qpn, producer);
        DoorbellRecord.store(ring, RECORDS + 16, doorbell);
        sendPage.write64(0, doorbell);
    }

    /** Puts the first receive of 8 bytes into the ring, and rings. */
    void receive(Objects objects, long into, int lkey) {
        MemorySegment ring = memory.segment();
        Rqe.setSge(ring, RECEIVES, into, 8, lkey);
        Rqe.store(ring, RECEIVES, Rqe.compose(objects.qpn, 1));
        long doorbell = RqDoorbell.compose(objects.qpn, 1);
        DoorbellRecord.store(ring, RECORDS + 24, doorbell);
        receivePage.write64(0, doorbell);
    }

    /** The syndrome of the next completion, waited for; within the ring's first lap. */
    int awaitSyndrome() {
        long at = COMPLETIONS + 32L * consumer++;
        assertThat(consumer).isLessThan(CQES);
        Await.until("there is a completion of " + process, () -> Cqe.owner(Cqe.load(memory.segment(), at)) == 1);
        return Cqe.syndrome(Cqe.load(memory.segment(), at));
    }

    boolean nothingCompleted() { return Cqe.owner(Cqe.load(memory.segment(), COMPLETIONS + 32L * consumer)) == 0; }

    @Override
    public void close() { process.close(); }
}
