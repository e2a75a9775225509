package io.erdma.verbs;

import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;
import io.erdma.hw.abi.UreqCreateCq;
import io.erdma.hw.abi.UreqCreateQp;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.hw.abi.UrespCreateCq;
import io.erdma.hw.abi.UrespCreateQp;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandOpcode;
import java.lang.foreign.MemorySegment;
import org.assertj.core.api.Assertions;

/** A user program with a context on a {@link Bench}: what a provider would say, byte by byte. */
final class UserBench implements AutoCloseable {
    static final int SQ_PAGE = 2;
    static final int RQ_PAGE = 0x62;
    static final int CQ_PAGE = 0x7A;
    static final int ENTRIES = 64;
    /** 64 WQEBBs and 8 receives: one page each. */
    static final QpCapabilities SIZES = new QpCapabilities(16, 8, 6, 1, 96);

    final Bench bench;
    final ErdmaDevice device;
    final UserProcess process;
    final UserContext context;
    final AnonymousMemory rings;
    final AnonymousMemory records;
    final MemorySegment cqRequest = AbiBytes.zeroed(UreqCreateCq.BYTES);
    final MemorySegment cqResponse = AbiBytes.zeroed(UrespCreateCq.BYTES);
    final MemorySegment qpRequest = AbiBytes.zeroed(UreqCreateQp.BYTES);
    final MemorySegment qpResponse = AbiBytes.zeroed(UrespCreateQp.BYTES);

    UserBench() {
        this(Bench.EXTENDED);
    }

    UserBench(DeviceCapabilities capabilities) {
        this(new Bench(capabilities));
    }

    UserBench(Bench bench) {
        this.bench = bench;
        device = bench.device;
        bench.commands.answer(CommandOpcode.ALLOC_DB, AllocDbResponse.compose(CQ_PAGE, RQ_PAGE, SQ_PAGE));
        process = new UserProcess("app", true, bench.hardware.ledger());
        context = open();
        rings = process.mmap(64 << 10);
        records = process.mmap(2 * 4096);
        aimCq(rings.address(), ENTRIES * 32L, records.address());
        aimQp(rings.address() + 4096, 8192, records.address() + 64);
    }

    UserContext open() {
        return device.openContext(process, AbiBytes.zeroed(UrespAllocCtx.BYTES));
    }

    void aimCq(long buffer, long bytes, long record) {
        UreqCreateCq.setQbufVa(cqRequest, 0, buffer);
        UreqCreateCq.setQbufLen(cqRequest, 0, bytes);
        UreqCreateCq.setDbRecordVa(cqRequest, 0, record);
    }

    void aimQp(long buffer, long bytes, long record) {
        UreqCreateQp.setQbufVa(qpRequest, 0, buffer);
        UreqCreateQp.setQbufLen(qpRequest, 0, bytes);
        UreqCreateQp.setDbRecordVa(qpRequest, 0, record);
    }

    int createCq() {
        return createCq(0);
    }

    int createCq(int channel) {
        return context.createCq(ENTRIES, 0, channel, cqRequest, cqResponse);
    }

    int cqn() {
        return UrespCreateCq.cqId(cqResponse, 0);
    }

    UserQpHandle createQp(int pd, int cq) {
        return createQp(pd, cq, SIZES);
    }

    UserQpHandle createQp(int pd, int cq, QpCapabilities sizes) {
        return context.createQp(new UserQpInit(pd, cq, cq, sizes, QpType.RC), qpRequest, qpResponse);
    }

    int qpn() {
        return UrespCreateQp.qpId(qpResponse, 0);
    }

    /** Nothing of the context is left in the kernel. */
    void assertEmpty() {
        Assertions.assertThat(context.snapshot()).isEqualTo(new UserContextSnapshot("app", 0, 0, 0, 0, 0, 0));
    }

    void assertNothingLeft() {
        process.close();
        Assertions.assertThat(device.snapshot().contexts()).isEmpty();
        Assertions.assertThat(device.snapshot().queuePairs()).isEmpty();
        Assertions.assertThat(device.snapshot().completionQueues()).isEmpty();
        bench.assertNothingLeft();
    }

    @Override
    public void close() {
        process.close();
        bench.close();
    }
}
