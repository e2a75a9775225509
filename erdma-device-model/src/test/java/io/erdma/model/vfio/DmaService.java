package io.erdma.model.vfio;

import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaAccess;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** How a client serves its memory by messages: well, or as a plan says for each access. */
public final class DmaService {
    /** What a client may say to a request. */
    public enum Answer {
        /** Carries it out. */
        GOOD,
        /** EFAULT. */
        ERROR,
        /** A byte less than asked for, and says so. */
        SHORT,
        /** A byte more. */
        LONG,
        /** As many bytes as asked for, but says another number. */
        OTHER_COUNT,
        /** For another address. */
        OTHER_ADDRESS,
        /** For another command. */
        OTHER_COMMAND,
        /** A header and no more. */
        EMPTY,
        /** To a request that nobody has made. */
        OTHER_ID,
        /** Nothing. */
        NONE,
        /** Ends the connection. */
        HANG_UP
    }

    /** A request. */
    public record Access(boolean write, long address, long bytes) {}

    private final MemorySegment memory;
    private final long base;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment answer = arena.allocate(256 << 10, 8);
    /** What was asked for, in order. */
    public final Queue<Access> asked = new ConcurrentLinkedQueue<>();
    private volatile Function<Access, Answer> plan = access -> Answer.GOOD;
    private int answeredWrites;
    private volatile int[] attached = {};

    /** Serves memory that the device knows at an address. */
    public DmaService(MemorySegment memory, long base) {
        this.memory = memory;
        this.base = base;
    }

    /** From now on, what is said to each request; called in the thread that receives. */
    public void plan(Function<Access, Answer> newPlan) {
        plan = newPlan;
    }

    /** The next answer carries a descriptor, which is not the client's any more then. */
    public void attach(int descriptor) {
        attached = new int[]{ descriptor };
    }

    /** Takes a request. In the thread that receives. */
    void take(VfioClient client, MemorySegment request) {
        int id = Header.id(request, 0);
        int command = Header.command(request, 0);
        long payload = Header.BYTES;
        long data = payload + DmaAccess.BYTES;
        long address = DmaAccess.address(request, payload);
        long bytes = DmaAccess.count(request, payload);
        boolean write = command == Command.DMA_WRITE;
        check(request, command, address, bytes);
        Access access = new Access(write, address, bytes);
        asked.add(access);
        Answer what = plan.apply(access);
        if (what == Answer.GOOD && write) {
            MemorySegment.copy(request, data, memory, address - base, bytes);
            VarHandle.fullFence();
        }
        long extra = switch (what) {
            case SHORT -> -1;
            case LONG -> 1;
            default -> 0;
        };
        long room = write ? 0 : bytes + extra;
        DmaAccess.set(answer, payload, address + (what == Answer.OTHER_ADDRESS ? 4096 : 0),
                bytes + extra + (what == Answer.OTHER_COUNT ? 1 : 0));
        if (!write) {
            VarHandle.fullFence();
            MemorySegment.copy(memory, address - base, answer, data, bytes);
        }
        long size = DmaAccess.BYTES + room;
        if (write && what == Answer.GOOD) {
            size = new long[]{ 0, DmaAccess.SHORT_BYTES, DmaAccess.BYTES }[answeredWrites++ % 3];
        }
        switch (what) {
            case NONE -> {}
            case HANG_UP -> client.hangUp();
            case ERROR -> {
                Header.error(answer, 0, id, command, 14);
                client.send(answer, Header.BYTES);
            }
            case EMPTY -> reply(client, id, command, write ? 1 : 0);
            case OTHER_COMMAND -> reply(client, id, write ? Command.DMA_READ : Command.DMA_WRITE, size);
            case OTHER_ID -> reply(client, id ^ 0x4000, command, size);
            default -> reply(client, id, command, size);
        }
    }

    private void check(MemorySegment request, int command, long address, long bytes) {
        long data = command == Command.DMA_WRITE ? bytes : 0;
        if ((command != Command.DMA_READ && command != Command.DMA_WRITE) || Header.noReply(request, 0)
                || Header.size(request, 0) != Header.BYTES + DmaAccess.BYTES + data || bytes < 1 || address < base
                || address + bytes > base + memory.byteSize()) {
            throw new IllegalStateException("command %d of %d bytes at 0x%x".formatted(command, bytes, address));
        }
    }

    private void reply(VfioClient client, int id, int command, long size) {
        Header.reply(answer, 0, id, command, Header.BYTES + size);
        int[] descriptors = attached;
        attached = new int[0];
        client.give(answer, Header.BYTES + size, descriptors);
    }

    /** The word at an address, as the device has left it. */
    public long word(long address) {
        return memory.get(ValueLayout.JAVA_LONG, address - base);
    }
}
