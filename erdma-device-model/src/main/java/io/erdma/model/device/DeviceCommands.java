package io.erdma.model.device;

import io.erdma.core.hal.device.DmaWindow;
import io.erdma.hw.PciIds;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.FreeDb;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.QueryDeviceResponse;
import io.erdma.hw.cmd.QueryFwInfoResponse;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.hw.cmd.StatsBlock;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.MemorySegment;

/** Commands about the function itself: queries, settings, statistics, doorbell pages. */
final class DeviceCommands {
    private static final int LARGEST_MTU = 65_535;
    private static final int SMALLEST_MTU = 68;
    private static final int STATS_VERSION = 1;

    private final Session session;

    DeviceCommands(Session session) {
        this.session = session;
    }

    CommandResponse queryDevice() {
        FunctionSpec spec = session.spec();
        int capabilities = (spec.atomics() ? QueryDeviceResponse.CAP_ATOMIC : 0)
                | (spec.scatteredMtt() ? QueryDeviceResponse.CAP_SCATTERED_MTT : 0)
                | (spec.extendedDoorbells() ? QueryDeviceResponse.CAP_EXTENDED_DOORBELL : 0);
        return QueryDeviceResponse.compose(spec.maxGidsLog2(), spec.maxCqeLog2(), capabilities, spec.maxReceiveWrLog2(),
                spec.maxAhsLog2(), spec.maxMrSizeLog2(), spec.localDmaKey(), spec.congestionControl(), spec.qpBlocks(),
                spec.maxMwsLog2());
    }

    CommandResponse queryFirmware() {
        return QueryFwInfoResponse.compose(session.spec().firmwareVersion());
    }

    CommandResponse configureMtu(MemorySegment command) {
        int mtu = ConfMtu.mtu(command, 0);
        Refusal.unless(mtu >= SMALLEST_MTU && mtu <= LARGEST_MTU, "MTU", mtu);
        session.setMtu(mtu);
        return CommandResponse.NONE;
    }

    /** The host's page size changes nothing here: tables have the hardware's pages. */
    CommandResponse configureDevice(MemorySegment command) {
        if (ConfDevice.pageShiftEnable(command, 0)) {
            int shift = ConfDevice.pageShift(command, 0);
            Refusal.unless(shift >= PciIds.PAGE_SHIFT, "log2 of the host's page size", shift);
        }
        return CommandResponse.NONE;
    }

    CommandResponse getStatistics(MemorySegment command) {
        long address = GetStats.targetAddress(command, 0);
        long bytes = GetStats.targetLength(command, 0);
        Refusal.unless(bytes >= StatsBlock.BYTES, "room for statistics", bytes);
        DmaWindow window = session.space().find(address, StatsBlock.BYTES, true);
        Refusal.unless(window != DmaWindow.NONE && HostMemory.isAligned(window, address, Long.BYTES),
                "statistics go to", address);
        MemorySegment block = MemorySegment.ofArray(new long[StatsBlock.BYTES / Long.BYTES]);
        compose(block);
        Refusal.unless(HostMemory.store(window, address, block, StatsBlock.BYTES), "memory for statistics is gone at",
                address);
        return CommandResponse.NONE;
    }

    private void compose(MemorySegment block) {
        Statistics traffic = session.traffic();
        for (StatCounter counter : StatCounter.values()) {
            StatsBlock.setCounter(block, 0, counter, traffic.get(counter));
        }
        StatsBlock.setIndex(block, 0, 0);
        StatsBlock.setMagic(block, 0, StatsBlock.MAGIC);
        StatsBlock.setVersion(block, 0, STATS_VERSION);
        StatsBlock.setLength(block, 0, StatsBlock.BYTES);
    }

    CommandResponse allocateDoorbells(MemorySegment command) {
        Refusal.unless(session.spec().extendedDoorbells(), "extended doorbells", 0);
        Refusal.unless(AllocDb.sq(command, 0) && AllocDb.rq(command, 0) && AllocDb.cq(command, 0),
                "one page of each kind", 0);
        DoorbellPages.Owner owner = session.pages().allocate().orElseThrow(() -> new Refusal("no doorbell pages left"));
        return AllocDbResponse.compose(owner.completionPage(), owner.receivePage(), owner.sendPage());
    }

    /** The context is named by its SQ page: Linux swaps the other two. */
    CommandResponse freeDoorbells(MemorySegment command) {
        int page = FreeDb.sqPage(command, 0);
        DoorbellPages.Owner owner = session.pages().owner(page)
                .orElseThrow(() -> new Refusal("nobody owns doorbell page " + page));
        Refusal.unless(session.pages().owner(FreeDb.rqPage(command, 0)).filter(other -> other == owner).isPresent(),
                "doorbell page of another context:", FreeDb.rqPage(command, 0));
        Refusal.unless(session.pages().owner(FreeDb.cqPage(command, 0)).filter(other -> other == owner).isPresent(),
                "doorbell page of another context:", FreeDb.cqPage(command, 0));
        Refusal.unless(!owner.isUsed(), "queues are bound to the context of doorbell page", page);
        session.pages().free(owner);
        return CommandResponse.NONE;
    }
}
