package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DeviceInfo;
import io.erdma.model.vfio.wire.DmaAccess;
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
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A client that means no good. Six of ten of its messages are good ones with one field changed: of the header, of the payload, its length, its descriptors. It
 * checks that each gets just the answers that the protocol wants, and connects again when it has broken a connection. To a part of its memory the device comes by
 * messages: what it says to those is as good as its own.
 */
public final class Fuzzer implements AutoCloseable {
    static final long BASE = 0x4000_0000L;

    private static final long PAGE = 4096;
    private static final int MUTATED_OF_TEN = 6;
    private static final int LARGEST = 16 + 16 + 65536;
    private static final long PAYLOAD = VfioClient.PAYLOAD;
    private static final long[] INTERESTING = { 0, 1, 2, 7, 8, 15, 16, 31, 32, 33, 255, 256, 4095, 4096, 65535, 65536,
        0x7FFFFFFFL,
        0x80000000L, 0xFFFFFFFFL, 0x7FFFFFFFFFFFFFFFL, Long.MIN_VALUE, -1, -4096, BASE, BASE + PAGE };

    private final Random random;
    private final Path path;
    private final int[] files;
    private VfioClient client;
    private MemorySegment message;
    private boolean broken;
    /** Messages whose answer has not been taken: their ids, in order. */
    private final List<Integer> unanswered = new ArrayList<>();
    public long sent;
    public long refused;
    public long connections;
    /** Accesses to memory that the device asked for. */
    public long asked;
    private final Queue<Supplier<Draft>> planned = new ArrayDeque<>();
    private final MemorySegment dmaReply = Arena.ofAuto().allocate(LARGEST, 8);

    public Fuzzer(long seed, Path path) {
        this.random = new Random(seed);
        this.path = path;
        int[] pipe = ClientKernel.pipe();
        this.files = new int[]{ ClientKernel.memory(64 * PAGE, true), ClientKernel.memory(64 * PAGE, true),
            ClientKernel.memory(64 * PAGE, false), ClientKernel.memory(PAGE, true), ClientKernel.event(),
            ClientKernel.event(),
            ClientKernel.event(), pipe[0], pipe[1] };
        connect();
    }

    private void connect() {
        client = VfioClient.negotiated(path);
        client.serveWhileWaiting(this::serve);
        message = client.request;
        unanswered.clear();
        planned.clear();
        broken = false;
        connections++;
    }

    private int memory() {
        return files[random.nextInt(10) < 9 ? random.nextInt(2) : 2 + random.nextInt(2)];
    }

    private int event() {
        return files[4 + random.nextInt(3)];
    }

    private int any() {
        return files[random.nextInt(files.length)];
    }

    /** Sends a message, or a few before the first is answered. */
    public void step() {
        for (int i = random.nextInt(8) == 0 ? 1 + random.nextInt(6) : 1; i > 0 && !broken; i--) {
            send();
        }
        while (!broken && !unanswered.isEmpty()) {
            takeAnswer();
        }
        if (broken || random.nextInt(5000) == 0) {
            client.close();
            connect();
        }
    }

    private void takeAnswer() {
        int errno = client.awaitReply();
        if (broken) {
            return;
        }
        assertThat(errno).as("an answer").isNotNegative();
        assertThat(Header.id(client.reply, 0)).isEqualTo(unanswered.removeFirst());
        refused += errno > 0 ? 1 : 0;
    }

    /** What a message is before it is changed. */
    private record Draft(int command, long payloadBytes, int... descriptors) {}

    private void send() {
        Draft draft = compose();
        long bytes = draft.payloadBytes;
        int[] descriptors = draft.descriptors;
        int id = random.nextInt(0x10000);
        boolean noReply = random.nextInt(4) == 0;
        Header.command(message, 0, id, draft.command, Header.BYTES + bytes, noReply);
        if (random.nextInt(10) < MUTATED_OF_TEN) {
            switch (random.nextInt(8)) {
                case 0 -> mutateHeader();
                case 1 -> {
                    bytes = Math.clamp(random.nextBoolean() ? bytes + random.nextInt(-9, 10) : random.nextInt(200), 0,
                            LARGEST - Header.BYTES);
                    message.set(ValueLayout.JAVA_INT, 4, (int) (Header.BYTES + bytes));
                }
                case 2 -> descriptors = descriptors(random.nextInt(5) == 0 ? random.nextInt(40) : random.nextInt(3));
                case 3 -> descriptors = IntStream.of(descriptors).map(_ -> any()).toArray();
                default -> mutatePayload(bytes);
            }
        }
        sendComposed(Header.BYTES + bytes, descriptors);
    }

    private void sendComposed(long bytes, int... descriptors) {
        sent++;
        long declared = Header.size(message, 0);
        int id = Header.id(message, 0);
        boolean answered = Header.type(message, 0) != Header.TYPE_REPLY && !Header.noReply(message, 0);
        if (declared != bytes) {
            // the stream means something else from here on; whatever it is, the next client must find all well
            client.send(bytes, descriptors);
            broken = true;
            return;
        }
        assertThat(sendInPieces(bytes, descriptors)).as("the server is there").isTrue();
        if (answered) {
            unanswered.add(id);
        }
    }

    /** One message in eight in two pieces, and each of them may have descriptors. */
    private boolean sendInPieces(long bytes, int... descriptors) {
        long first = random.nextInt(8) == 0 ? 1 + random.nextInt((int) bytes) : bytes;
        int ofFirst = first < bytes ? random.nextInt(descriptors.length + 1) : descriptors.length;
        return client.send(message, first, Arrays.copyOf(descriptors, ofFirst))
                && (first == bytes || client.send(message.asSlice(first), bytes - first,
                        Arrays.copyOfRange(descriptors, ofFirst, descriptors.length)));
    }

    private int[] descriptors(int count) {
        return IntStream.range(0, count).map(i -> any()).toArray();
    }

    private void mutateHeader() {
        switch (random.nextInt(6)) {
            case 0 -> message.set(ValueLayout.JAVA_SHORT, 2, (short) random.nextInt(-1, 20));
            case 1 -> message.set(ValueLayout.JAVA_INT, 4, (int) value(Header.size(message, 0)));
            case 2 -> message.set(ValueLayout.JAVA_INT, 8, random.nextInt(64));
            case 3 -> message.set(ValueLayout.JAVA_INT, 8, (int) value(0));
            case 4 -> message.set(ValueLayout.JAVA_INT, 12, (int) value(0));
            default -> message.set(ValueLayout.JAVA_SHORT, 2, (short) random.nextInt());
        }
    }

    private void mutatePayload(long bytes) {
        if (bytes < 4) {
            return;
        }
        if (bytes >= 8 && random.nextBoolean()) {
            long at = PAYLOAD + 8L * random.nextInt((int) Math.min(bytes / 8, 8));
            message.set(ValueLayout.JAVA_LONG, at, value(message.get(ValueLayout.JAVA_LONG, at)));
        } else {
            long at = PAYLOAD + 4L * random.nextInt((int) Math.min(bytes / 4, 16));
            message.set(ValueLayout.JAVA_INT, at, (int) value(message.get(ValueLayout.JAVA_INT, at)));
        }
    }

    private long value(long now) {
        return switch (random.nextInt(5)) {
            case 0 -> now + random.nextInt(-9, 10);
            case 1 -> now ^ 1L << random.nextInt(64);
            case 2 -> random.nextLong();
            default -> INTERESTING[random.nextInt(INTERESTING.length)];
        };
    }

    private long address() {
        return BASE + random.nextInt(64) * PAGE;
    }

    private long pages() {
        return (1 + random.nextInt(random.nextInt(8) == 0 ? 64 : 4)) * PAGE;
    }

    private Draft compose() {
        if (planned.isEmpty() && random.nextInt(40) == 0) {
            planPowerOn();
        }
        return planned.isEmpty() ? composeAny() : planned.remove().get();
    }

    /** All memory given anew, mostly by messages, queues named in it, commands rung. */
    private void planPowerOn() {
        planned.add(() -> {
            DmaUnmap.set(message, PAYLOAD, DmaUnmap.ALL, 0, 0);
            return new Draft(Command.DMA_UNMAP, DmaUnmap.BYTES);
        });
        planned.add(() -> {
            DmaMap.set(message, PAYLOAD, DmaMap.READABLE | DmaMap.WRITABLE, 0, BASE, 64 * PAGE);
            return random.nextInt(4) == 0
                    ? new Draft(Command.DMA_MAP, DmaMap.BYTES, memory())
                    : new Draft(Command.DMA_MAP, DmaMap.BYTES);
        });
        planned.add(this::boot);
        for (int i = 1; i <= 8; i++) {
            int index = CommandHeader.COMMAND_WQEBBS * i;
            planned.add(() -> {
                RegionAccess.set(message, PAYLOAD, Registers.CMDQ_SQDB, PciIds.FUNCTION_BAR, 8);
                message.set(ValueLayout.JAVA_LONG, PAYLOAD + RegionAccess.BYTES, CmdSqDoorbell.compose(index));
                return new Draft(Command.REGION_WRITE, RegionAccess.BYTES + 8);
            });
        }
    }

    private Draft composeAny() {
        return switch (random.nextInt(16)) {
            case 0 -> map();
            case 1 -> unmap();
            case 2 -> {
                DeviceInfo.set(message, PAYLOAD, 0, 0, 0);
                yield new Draft(Command.DEVICE_GET_INFO, DeviceInfo.BYTES);
            }
            case 3 -> {
                RegionInfo.set(message, PAYLOAD, 0, random.nextInt(Region.COUNT), 0, 0);
                yield new Draft(Command.DEVICE_GET_REGION_INFO, RegionInfo.BYTES);
            }
            case 4 -> {
                RegionIoFds.set(message, PAYLOAD, random.nextInt(Region.COUNT), 0);
                yield new Draft(Command.DEVICE_GET_REGION_IO_FDS, RegionIoFds.BYTES);
            }
            case 5 -> {
                IrqInfo.set(message, PAYLOAD, 0, random.nextInt(Irq.COUNT), 0);
                yield new Draft(Command.DEVICE_GET_IRQ_INFO, IrqInfo.BYTES);
            }
            case 6, 7 -> irqs();
            case 8, 9 -> {
                int region = region();
                RegionAccess.set(message, PAYLOAD, offset(region), region, 1L << random.nextInt(4));
                yield new Draft(Command.REGION_READ, RegionAccess.BYTES);
            }
            case 10 -> several();
            case 11 -> random.nextInt(10) == 0 ? new Draft(Command.DEVICE_RESET, 0) : boot();
            default -> {
                int count = 1 << random.nextInt(4);
                write(PAYLOAD, count);
                yield new Draft(Command.REGION_WRITE, RegionAccess.BYTES + count);
            }
        };
    }

    private Draft map() {
        long bytes = pages();
        DmaMap.set(message, PAYLOAD, 1 + 2 * random.nextInt(2), random.nextInt(8) * PAGE, address(), bytes);
        return random.nextInt(3) == 0
                ? new Draft(Command.DMA_MAP, DmaMap.BYTES)
                : new Draft(Command.DMA_MAP, DmaMap.BYTES, memory());
    }

    private Draft unmap() {
        boolean all = random.nextInt(20) == 0;
        DmaUnmap.set(message, PAYLOAD, all ? DmaUnmap.ALL : 0, all ? 0 : address(), all ? 0 : pages());
        return new Draft(Command.DMA_UNMAP, DmaUnmap.BYTES);
    }

    private Draft irqs() {
        int start = random.nextInt(32);
        int count = 1 + random.nextInt(Math.min(4, 32 - start));
        int data = 1 << random.nextInt(3);
        int action = data == IrqSet.DATA_EVENTFD ? IrqSet.TRIGGER : 8 << random.nextInt(3);
        boolean bytes = data == IrqSet.DATA_BOOL;
        IrqSet.set(message, PAYLOAD, bytes ? count : 0, data | action, Irq.MSIX, start, count);
        message.set(ValueLayout.JAVA_INT_UNALIGNED, PAYLOAD + IrqSet.BYTES, random.nextInt());
        boolean events = data == IrqSet.DATA_EVENTFD && random.nextInt(4) != 0;
        return new Draft(Command.DEVICE_SET_IRQS, IrqSet.BYTES + (bytes ? count : 0),
                events ? IntStream.range(0, count).map(i -> event()).toArray() : new int[0]);
    }

    private int region() {
        return switch (random.nextInt(4)) {
            case 0 -> Region.CONFIG;
            case 1 -> PciIds.MSIX_BAR;
            default -> PciIds.FUNCTION_BAR;
        };
    }

    private long offset(int region) {
        return switch (region) {
            case Region.CONFIG -> random.nextInt(8) == 0 ? 4 : 8L * random.nextInt(32);
            case PciIds.MSIX_BAR -> 8L * random.nextInt(512);
            default -> random.nextInt(3) == 0 ? 8L * random.nextInt(0x10000) : 8L * random.nextInt(Registers.END / 8);
        };
    }

    private void write(long at, int count) {
        int region = region();
        RegionAccess.set(message, at, offset(region), region, count);
        message.set(ValueLayout.JAVA_LONG, at + RegionAccess.BYTES,
                random.nextBoolean() ? address() : value(random.nextInt(64)));
    }

    private Draft several() {
        int count = random.nextInt(6);
        RegionWrites.setCount(message, PAYLOAD, count);
        for (int i = 0; i < count; i++) {
            write(RegionWrites.write(PAYLOAD, i), 1 << random.nextInt(4));
        }
        return new Draft(Command.REGION_WRITE_MULTI, RegionWrites.BYTES + (long) count * RegionWrites.WRITE_BYTES);
    }

    /** What INIT needs, so that doorbells find queues: some of their memory is there, some not. */
    private Draft boot() {
        int[] registers = { Registers.CMDQ_SQ_ADDR_L, Registers.CMDQ_CQ_ADDR_L, Registers.CMDQ_EQ_ADDR_L,
            Registers.AEQ_ADDR_L,
            Registers.CMDQ_SQ_DB_HOST_ADDR, Registers.CMDQ_CQ_DB_HOST_ADDR, Registers.CMDQ_EQ_DB_HOST_ADDR,
            Registers.AEQ_DB_HOST_ADDR };
        int count = registers.length + 6;
        RegionWrites.setCount(message, PAYLOAD, count);
        for (int i = 0; i < registers.length; i++) {
            one(i, PciIds.FUNCTION_BAR, registers[i], 8, address());
        }
        one(registers.length, 0, Registers.CMDQ_DEPTH, 4, 16);
        one(registers.length + 1, 0, Registers.CMDQ_EQ_DEPTH, 4, 16);
        one(registers.length + 2, 0, Registers.AEQ_DEPTH, 4, 16);
        one(registers.length + 3, Region.CONFIG, 4, 2, 6);
        one(registers.length + 4, 0, Registers.DEV_CTRL, 4, random.nextInt(3) == 0 ? 2 : 3);
        one(registers.length + 5, 0, Registers.CMDQ_SQDB, 8,
                CmdSqDoorbell.compose(CommandHeader.COMMAND_WQEBBS * (1 + random.nextInt(3))));
        return new Draft(Command.REGION_WRITE_MULTI, RegionWrites.BYTES + (long) count * RegionWrites.WRITE_BYTES);
    }

    /** Says something to a request for memory; false if the connection is of no use after that. */
    private boolean serve(MemorySegment request) {
        asked++;
        int id = Header.id(request, 0);
        int command = Header.command(request, 0);
        long bytes = DmaAccess.count(request, PAYLOAD);
        long data = command == Command.DMA_READ ? bytes : 0;
        long size = Header.BYTES + DmaAccess.BYTES + data;
        DmaAccess.set(dmaReply, PAYLOAD, DmaAccess.address(request, PAYLOAD), bytes);
        fill(PAYLOAD + DmaAccess.BYTES, data);
        Header.reply(dmaReply, 0, id, command, size);
        int[] descriptors = {};
        switch (random.nextInt(16)) {
            case 0 -> {
                size = Header.BYTES;
                Header.error(dmaReply, 0, id, command, random.nextInt(200));
            }
            case 1 -> {
                size = Math.clamp(size + random.nextInt(-40, 41), Header.BYTES, LARGEST);
                Header.reply(dmaReply, 0, id, command, size);
            }
            case 2 -> dmaReply.set(ValueLayout.JAVA_LONG, PAYLOAD + 8L * random.nextInt(2), value(bytes));
            case 3 -> dmaReply.set(ValueLayout.JAVA_SHORT, 2, (short) random.nextInt(20));
            case 4 -> descriptors = descriptors(random.nextInt(20));
            case 5 -> broken = random.nextInt(20) == 0;
            default -> {}
        }
        if (broken) {
            // nothing is said, or to somebody else, or what is no message; the device waits until the client is gone
            Header.reply(dmaReply, 0, id + 1, command, random.nextInt(3) == 0 ? random.nextInt(16) : size);
            if (random.nextBoolean()) {
                client.send(dmaReply, size);
            }
            return false;
        }
        return client.send(dmaReply, size, descriptors);
    }

    /** Memory of the client, as it is this time: commands, page addresses, nonsense. */
    private void fill(long at, long bytes) {
        for (long done = 0; done + 8 <= bytes; done += 8) {
            dmaReply.set(ValueLayout.JAVA_LONG, at + done,
                    random.nextInt(3) == 0 ? address() : value(random.nextInt(64)));
        }
        if (bytes == CommandHeader.COMMAND_BYTES) {
            CommandOpcode opcode = CommandOpcode.values()[random.nextInt(CommandOpcode.values().length)];
            CommandHeader.store(dmaReply, at, CommandHeader.compose(CommandHeader.COMMAND_WQEBBS, random.nextInt(256),
                    opcode.subModule(), opcode.opcode(), CommandHeader.COMMAND_WQEBBS * (1 + random.nextInt(3))));
        }
    }

    private void one(int nth, int region, long offset, int count, long value) {
        long at = RegionWrites.write(PAYLOAD, nth);
        RegionAccess.set(message, at, offset, region, count);
        message.set(ValueLayout.JAVA_LONG, at + RegionAccess.BYTES, value);
    }

    @Override
    public void close() {
        client.close();
        IntStream.of(files).forEach(ClientKernel::close);
    }
}
