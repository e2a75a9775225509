package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The tenant that means no good, its peer on another host, and what both own for one life: from the boot of their functions to the reset. */
final class GarbageTenant implements AutoCloseable {
    static final int REGION_BYTES = 3 << 12;
    private static final int OTHER_PD = 2;
    private static final int ALL_RIGHTS = AccessRights.ALL_BUT_ATOMIC | AccessRights.REMOTE_ATOMIC;
    private static final int CANARY_BYTES = 4096;
    private static final byte CANARY = 0x4D;
    private static final byte AFTER_RESET = 0x3C;

    final TestCard card;
    final TestHost host;
    final TestHost peer;
    final Playground playground;
    final GarbageReport report;
    final GarbagePairs pairs;

    /** Of the tenant, in the playground: all rights; local read only; of another PD; in memory that is read only; in memory that goes away. */
    TestMr region;
    TestMr readable;
    TestMr otherPd;
    TestMr readOnlyMemory;
    TestMr fleeting;
    /** Index of a fast-register region. */
    int fastRegister;
    /** Of the peer: all rights, and none for others. Before, between and behind lie bytes that nobody may touch. */
    TestMr peerRegion;
    TestMr peerPrivate;
    private List<MemorySegment> canaries = List.of();
    private final MemorySegment canary = Arena.ofAuto().allocate(CANARY_BYTES).fill(CANARY);
    private final MemorySegment resetPattern = Arena.ofAuto().allocate(CANARY_BYTES).fill(AFTER_RESET);
    private final MemorySegment secret = Arena.ofAuto().allocate(REGION_BYTES).fill((byte) 0x2E);
    /** The life can't go on, as one of its own completion queues has failed. */
    boolean over;

    GarbageTenant(TestCard card, GarbageReport report) {
        this.card = card;
        this.report = report;
        host = card.bare(FunctionSpec.builder().extendedDoorbells(true).build(), Optional.empty());
        peer = card.bare(FunctionSpec.defaults(), Optional.empty());
        playground = new Playground(host.space);
        pairs = new GarbagePairs(this);
    }

    void begin() {
        over = false;
        for (TestHost each : List.of(host, peer)) {
            each.memory.rewind();
            each.interrupts.clear();
            each.nextMr = 1;
            each.boot(2);
            assertThat(each.initialized()).isTrue();
        }
        playground.refresh();
        region = region(Playground.BASE + Playground.BYTES / 2 - 4096 - 64, ALL_RIGHTS, TestHost.PD);
        readable = region(Playground.BASE + 64, AccessRights.LOCAL_READ, TestHost.PD);
        otherPd = region(Playground.BASE + 0x6000, ALL_RIGHTS, OTHER_PD);
        readOnlyMemory = region(Playground.READ_ONLY, ALL_RIGHTS, TestHost.PD);
        fleeting = region(playground.fleeting(GarbagePairs.FLEETING).address, ALL_RIGHTS, TestHost.PD);
        fastRegister = host.nextMr++;
        assertThat(host.command(CommandOpcode.REG_MR, this::fastRegister)).isZero();
        peerRegion = guarded(peer, AccessRights.ALL_BUT_ATOMIC | AccessRights.REMOTE_ATOMIC);
        peerPrivate = guarded(peer, AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE);
        canaries = List.of(before(peerRegion), behind(peerRegion), before(peerPrivate), behind(peerPrivate));
        canaries.forEach(bytes -> bytes.copyFrom(canary));
        peerPrivate.memory().copyFrom(secret);
        pairs.begin();
    }

    private TestMr region(long address, int rights, int pd) {
        TestMr mr = new TestMr(host, host.nextMr++, 0x5A, address, REGION_BYTES);
        assertThat(host.register(mr, rights, pd)).isZero();
        return mr;
    }

    private static TestMr guarded(TestHost host, int rights) {
        host.memory.take(CANARY_BYTES, 64);
        TestMr mr = host.mr(REGION_BYTES, rights);
        host.memory.take(CANARY_BYTES, 64);
        return mr;
    }

    private static MemorySegment before(TestMr mr) {
        return mr.host.memory.slice(mr.address - CANARY_BYTES, CANARY_BYTES);
    }

    private static MemorySegment behind(TestMr mr) {
        return mr.host.memory.slice(mr.address + mr.bytes, CANARY_BYTES);
    }

    /** The request that makes the fast-register region; its table is one of read-only memory. */
    void fastRegister(MemorySegment slot, long offset) {
        RegMr.setMptIndex(slot, offset, fastRegister);
        RegMr.setPd(slot, offset, TestHost.PD);
        RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
        RegMr.setRights(slot, offset, AccessRights.ALL_BUT_ATOMIC);
        RegMr.setPageShift(slot, offset, 12);
        RegMr.setMttLevel(slot, offset, 1);
        RegMr.setMttEntriesLow(slot, offset, 16);
        RegMr.setTableAddress(slot, offset, Playground.TABLE);
    }

    /** Takes completions and events, and checks that they can be. */
    void collect() {
        pairs.collect();
        for (TestHost each : List.of(host, peer)) {
            boolean any = false;
            for (TestHost.Event event = each.errorEvents.takeError(); event != null; event = each.errorEvents
                    .takeError()) {
                report.event(event.type());
                pairs.event(each, event);
                any = true;
            }
            if (any) {
                each.errorEvents.arm();
            }
        }
    }

    /** Takes memory away, if it is there; what used it comes again with the next revival. */
    boolean withdraw(int index, boolean byArena) {
        FleetingMemory memory = playground.fleeting(index);
        if (!memory.isThere()) {
            return false;
        }
        if (byArena) {
            memory.closeArena();
            report.deed("arena closed");
        } else {
            memory.unmap();
            report.deed("memory unmapped");
        }
        return true;
    }

    /** Nothing was written that may not be. */
    void check() {
        assertThat(host.memory.isGuardIntact()).as("memory round the tenant's").isTrue();
        assertThat(peer.memory.isGuardIntact()).as("memory round the peer's").isTrue();
        assertThat(playground.isUntouched()).as("memory round the playground's, read-only or unmapped memory").isTrue();
        for (MemorySegment bytes : canaries) {
            assertThat(bytes.mismatch(canary)).as("memory round the peer's regions").isEqualTo(-1);
        }
        assertThat(peerPrivate.memory().mismatch(secret)).as("region without rights for others").isEqualTo(-1);
    }

    /** Resets both; after that the device touches nothing, whatever it is told. */
    void end(Runnable lateDoorbells) {
        collect();
        check();
        host.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        peer.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        assertThat(host.initialized()).isFalse();
        MemorySegment used = host.memory.used();
        used.fill(AFTER_RESET);
        playground.fill(AFTER_RESET);
        lateDoorbells.run();
        for (long from = 0; from < used.byteSize(); from += CANARY_BYTES) {
            long bytes = Math.min(CANARY_BYTES, used.byteSize() - from);
            assertThat(MemorySegment.mismatch(used, from, from + bytes, resetPattern, 0, bytes))
                    .as("memory after the reset").isEqualTo(-1);
        }
        assertThat(playground.isFilled(resetPattern)).as("playground after the reset").isTrue();
        check();
        assertThat(card.junction.waiting()).isZero();
        assertThat(card.timers.delayed()).isZero();
    }

    @Override
    public void close() {
        playground.close();
    }
}
