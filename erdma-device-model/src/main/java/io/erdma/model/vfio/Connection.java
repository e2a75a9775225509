package io.erdma.model.vfio;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.vfio.sys.Descriptor;
import io.erdma.model.vfio.sys.EventFd;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DeviceInfo;
import io.erdma.model.vfio.wire.DmaMap;
import io.erdma.model.vfio.wire.DmaUnmap;
import io.erdma.model.vfio.wire.Header;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqInfo;
import io.erdma.model.vfio.wire.IrqSet;
import io.erdma.model.vfio.wire.Region;
import io.erdma.model.vfio.wire.RegionAccess;
import io.erdma.model.vfio.wire.RegionInfo;
import io.erdma.model.vfio.wire.RegionIoFds;
import io.erdma.model.vfio.wire.RegionWrites;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client, from its first message to its last: takes each in turn, carries it out, answers, and signals what came of it. One thread. */
final class Connection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final long LARGEST_MESSAGE = Header.BYTES + RegionAccess.BYTES + Negotiation.MAX_TRANSFER;
    /** Where a region would be in its file if it had one: far from the others. */
    private static final int REGION_OFFSET_SHIFT = 40;

    private final Inbox inbox;
    private final Outbox outbox;
    private final Regions regions;
    private final Interrupts interrupts;
    private final DmaCalls calls;
    private final GuestMemory memory;
    private final Arena arena = Arena.ofConfined();
    /** For the errno of a signal. */
    private final MemorySegment state = EventFd.newState(arena);
    private boolean negotiated;
    private boolean broken;

    /** The message at hand. */
    private MemorySegment message = MemorySegment.NULL;
    private long payload;
    private long payloadBytes;
    private int id;
    private int command;
    private boolean answered;

    /** Of a channel and a reaper, which stay the caller's. */
    Connection(
            UnixChannel channel, Reaper reaper, Regions regions, Interrupts interrupts, DmaSpace space,
            LeakLedger ledger, Credit credit) {
        this.inbox = new Inbox(channel, LARGEST_MESSAGE, reaper);
        this.outbox = new Outbox(channel, LARGEST_MESSAGE);
        this.regions = regions;
        this.interrupts = interrupts;
        this.calls = new DmaCalls(channel, inbox, outbox, credit, this::answerReads);
        this.memory = new GuestMemory(space, calls, ledger);
    }

    /** Serves the client until it is gone, or says what is no message. */
    void serve() {
        message = inbox.memory();
        while (!broken && calls.next()) {
            payload = inbox.payload();
            payloadBytes = inbox.payloadBytes();
            id = Header.id(message, inbox.header());
            command = Header.command(message, inbox.header());
            answered = Header.noReply(message, inbox.header());
            take();
            interrupts.deliver(state);
        }
    }

    private void take() {
        try {
            require(Header.type(message, inbox.header()) == Header.TYPE_COMMAND && !inbox.hasSurplus());
            execute();
        } catch (ErrnoException e) {
            LOG.debug("message {} refused: {}", command, e.getMessage());
            if (!answered) {
                broken |= !outbox.error(id, command, e.errno().number(), outbox.deadline());
            }
        }
    }

    private static void require(boolean good) {
        if (!good) {
            throw new ErrnoException(Errno.EINVAL, "malformed message");
        }
    }

    /** EINVAL unless the payload has the length that it must have, and no descriptors came that mean nothing. */
    private void requirePayload(long bytes) {
        require(payloadBytes == bytes && inbox.descriptors().isEmpty());
    }

    /** The same where the client says how long the reply may be. */
    private void requireRoom(long bytes, long argsz) {
        requirePayload(bytes);
        require(argsz >= bytes);
    }

    private void answer(long bytes) {
        if (!answered) {
            answered = true;
            broken |= !outbox.reply(id, command, bytes, outbox.deadline());
        }
    }

    private void execute() {
        if (negotiated == (command == Command.VERSION)) {
            throw new ErrnoException(Errno.EINVAL, negotiated ? "a second version" : "no version yet");
        }
        switch (command) {
            case Command.REGION_WRITE -> write();
            case Command.REGION_READ -> read();
            case Command.REGION_WRITE_MULTI -> writeSeveral();
            case Command.VERSION -> negotiate();
            case Command.DMA_MAP -> map();
            case Command.DMA_UNMAP -> unmap();
            case Command.DEVICE_GET_INFO -> describeDevice();
            case Command.DEVICE_GET_REGION_INFO -> describeRegion();
            case Command.DEVICE_GET_REGION_IO_FDS -> describeRegionFiles();
            case Command.DEVICE_GET_IRQ_INFO -> describeInterrupts();
            case Command.DEVICE_SET_IRQS -> setInterrupts();
            case Command.DEVICE_RESET -> reset();
            default -> throw new ErrnoException(Errno.EOPNOTSUPP, "command " + command);
        }
    }

    private void negotiate() {
        require(inbox.descriptors().isEmpty());
        calls.setLargestTransfer(Negotiation.accept(message, payload, payloadBytes));
        negotiated = true;
        answer(Negotiation.answer(outbox.memory(), Outbox.payload()));
    }

    private void describeDevice() {
        requireRoom(DeviceInfo.BYTES, DeviceInfo.argsz(message, payload));
        DeviceInfo.set(outbox.memory(), Outbox.payload(), DeviceInfo.PCI | DeviceInfo.RESET, Region.COUNT, Irq.COUNT);
        answer(DeviceInfo.BYTES);
    }

    private void describeRegion() {
        requireRoom(RegionInfo.BYTES, RegionInfo.argsz(message, payload));
        int region = RegionInfo.index(message, payload);
        long bytes = regions.bytes(region);
        RegionInfo.set(outbox.memory(), Outbox.payload(),
                bytes == 0 ? 0 : RegionInfo.READABLE | RegionInfo.WRITABLE, region, bytes,
                (long) region << REGION_OFFSET_SHIFT);
        answer(RegionInfo.BYTES);
    }

    private void describeRegionFiles() {
        requireRoom(RegionIoFds.BYTES, RegionIoFds.argsz(message, payload));
        require(RegionIoFds.flags(message, payload) == 0 && RegionIoFds.count(message, payload) == 0);
        int region = RegionIoFds.index(message, payload);
        long _ = regions.bytes(region);
        RegionIoFds.set(outbox.memory(), Outbox.payload(), region, 0);
        answer(RegionIoFds.BYTES);
    }

    private void describeInterrupts() {
        requireRoom(IrqInfo.BYTES, IrqInfo.argsz(message, payload));
        int type = IrqInfo.index(message, payload);
        int count = interrupts.count(type);
        IrqInfo.set(outbox.memory(), Outbox.payload(), Interrupts.flags(type), type, count);
        answer(IrqInfo.BYTES);
    }

    private void setInterrupts() {
        require(payloadBytes >= IrqSet.BYTES);
        interrupts.set(message, payload, payloadBytes, inbox.descriptors());
        interrupts.deliver(state);
        answer(0);
    }

    private void map() {
        List<Descriptor> files = inbox.descriptors();
        require(payloadBytes == DmaMap.BYTES && files.size() <= 1);
        boolean near = memory.map(DmaMap.flags(message, payload), DmaMap.offset(message, payload),
                DmaMap.address(message, payload), DmaMap.size(message, payload), files.stream().findFirst());
        if (near) {
            // a memory file, which closes at once; others are left to the reaper
            files.removeFirst().close();
        }
        answer(0);
    }

    private void unmap() {
        requirePayload(DmaUnmap.BYTES);
        int flags = DmaUnmap.flags(message, payload);
        long address = DmaUnmap.address(message, payload);
        long bytes = DmaUnmap.size(message, payload);
        require((flags & ~DmaUnmap.ALL) == 0 && (flags == 0 || (address == 0 && bytes == 0)));
        if (flags == 0) {
            memory.unmap(address, bytes);
        } else {
            memory.unmapAll();
        }
        DmaUnmap.set(outbox.memory(), Outbox.payload(), flags, address, bytes);
        answer(DmaUnmap.BYTES);
    }

    private void read() {
        requirePayload(RegionAccess.BYTES);
        answer(composeRead(payload));
    }

    /** Carries out a read whose payload is at an offset; returns the length of its answer. */
    private long composeRead(long at) {
        long offset = RegionAccess.offset(message, at);
        int region = RegionAccess.region(message, at);
        long count = RegionAccess.count(message, at);
        require(count <= Negotiation.MAX_TRANSFER);
        regions.check(region, offset, count);
        RegionAccess.set(outbox.memory(), Outbox.payload(), offset, region, count);
        regions.read(region, offset, count, outbox.memory(), Outbox.payload() + RegionAccess.BYTES);
        return RegionAccess.BYTES + count;
    }

    /**
     * Answers reads that come behind a write while its engines wait for the client in this thread: a client that serves no DMA before it has its register would wait
     * for us as we for it. The write has its own answer already, so the place for answers is free.
     */
    private boolean answerReads(long deadline) {
        for (long at = inbox.following(); !broken && at >= 0 && isRead(at); at = inbox.following()) {
            int readId = Header.id(message, at);
            try {
                broken |= !outbox.reply(readId, Command.REGION_READ, composeRead(at + Header.BYTES), deadline);
            } catch (ErrnoException e) {
                broken |= !outbox.error(readId, Command.REGION_READ, e.errno().number(), deadline);
            }
            inbox.dropFollowing();
        }
        return !broken;
    }

    private boolean isRead(long at) {
        return answered && regions.canBeReadInAnEngine() && Header.command(message, at) == Command.REGION_READ
                && Header.type(message, at) == Header.TYPE_COMMAND && !Header.noReply(message, at)
                && Header.size(message, at) == Header.BYTES + RegionAccess.BYTES;
    }

    private void write() {
        require(payloadBytes >= RegionAccess.BYTES);
        long offset = RegionAccess.offset(message, payload);
        int region = RegionAccess.region(message, payload);
        long count = RegionAccess.count(message, payload);
        requirePayload(RegionAccess.BYTES + count);
        regions.check(region, offset, count);
        RegionAccess.set(outbox.memory(), Outbox.payload(), offset, region, count);
        if (Regions.isAnsweredFirst(region, offset, count)) {
            answer(RegionAccess.BYTES);
        }
        carryOut(payload);
        answer(RegionAccess.BYTES);
    }

    /** Does what waits for engines to be out, while perhaps the client waits for us before it serves them. */
    private void whileCallsFail(boolean stops, Runnable action) {
        if (stops) {
            calls.suspend();
        }
        try {
            action.run();
        } finally {
            if (stops) {
                calls.resume();
            }
        }
    }

    private void writeSeveral() {
        require(payloadBytes >= RegionWrites.BYTES);
        long writes = RegionWrites.count(message, payload);
        require(writes >= 0 && writes <= payloadBytes / RegionWrites.WRITE_BYTES);
        requirePayload(RegionWrites.BYTES + writes * RegionWrites.WRITE_BYTES);
        boolean answeredFirst = true;
        for (int i = 0; i < writes; i++) {
            long at = RegionWrites.write(payload, i);
            long count = RegionAccess.count(message, at);
            require(count <= RegionWrites.WRITE_BYTES - RegionAccess.BYTES);
            regions.check(RegionAccess.region(message, at), RegionAccess.offset(message, at), count);
            answeredFirst &= Regions.isAnsweredFirst(RegionAccess.region(message, at),
                    RegionAccess.offset(message, at), count);
        }
        if (answeredFirst) {
            answer(0);
        }
        for (int i = 0; i < writes; i++) {
            carryOut(RegionWrites.write(payload, i));
        }
        answer(0);
    }

    /** Carries out a write that was checked. */
    private void carryOut(long at) {
        long offset = RegionAccess.offset(message, at);
        int region = RegionAccess.region(message, at);
        long count = RegionAccess.count(message, at);
        long data = at + RegionAccess.BYTES;
        whileCallsFail(regions.stopsDma(region, offset, count, message, data),
                () -> regions.write(region, offset, count, message, data));
    }

    private void reset() {
        requirePayload(0);
        whileCallsFail(true, regions::reset);
        answer(0);
    }

    /** The client is gone: the function is reset, and all that was the client's is given back. */
    void end() {
        calls.end();
        try {
            regions.reset();
        } finally {
            try {
                memory.unmapAll();
            } finally {
                interrupts.releaseAll();
            }
        }
    }

    /** After {@link #end}. */
    @Override
    public void close() {
        inbox.close();
        outbox.close();
        arena.close();
    }
}
