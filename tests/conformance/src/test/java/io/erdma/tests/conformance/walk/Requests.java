package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The requests that steps stand for. A twist makes a good request bad. */
final class Requests {
    /** The own key is another one. */
    static final int LOCAL_KEY = 1;
    /** The peer's key is another one. */
    static final int REMOTE_KEY = 1 << 1;
    /** The own element has the local DMA key, and a device address. */
    static final int LOCAL_DMA = 1 << 2;
    /** The peer's range wraps. */
    static final int REMOTE_WRAP = 1 << 3;
    /** The peer's key is its local DMA key. */
    static final int REMOTE_DMA = 1 << 4;

    /** Kinds of {@link Verb#BAD_POST}; those from here on are receives. */
    static final int FIRST_BAD_RECEIVE = 9;
    static final int MALFORMED = 10;

    private static final int TOO_MANY_SGES = 7;
    private static final int TOO_MUCH_INLINE = 97;
    private static final long WRAPPING = -4;

    private Requests() {}

    /** The request or chain of a step that posts sends, with inline data from {@code memory}. */
    static SendRequest send(World world, Step step, MemorySegment memory) {
        long count = step.verb() == Verb.CHAIN ? step.get("count") : 1;
        SendRequest first = null;
        for (long i = count - 1; i >= 0; i--) { // the last one has the flags
            SendRequest request = one(world, step, memory);
            request.wrId = step.get("wr") + i;
            request.flags |= i == count - 1 ? step.getInt("flags") : 0;
            request.next = first;
            first = request;
        }
        return first;
    }

    private static SendRequest one(World world, Step step, MemorySegment memory) {
        SendRequest request = new SendRequest();
        request.opcode = opcode(step.verb());
        request.immediate = step.getInt("value");
        request.compareAdd = step.get("value");
        request.swap = ~step.get("value");
        int twist = step.getInt("twist");
        Region remote = world.regions.get(step.get("remote"));
        if (remote != null) {
            boolean dma = (twist & REMOTE_DMA) != 0;
            request.remoteAddress = (twist & REMOTE_WRAP) != 0 ? WRAPPING : remote.address(step.get("rat"));
            request.remoteKey = dma ? remote.side().localDmaKey() : remote.key() ^ ((twist & REMOTE_KEY) != 0 ? 1 : 0);
            request.invalidateKey = request.remoteKey;
        }
        if (step.verb() == Verb.SEND_INLINE || step.verb() == Verb.WRITE_INLINE) {
            inline(request, step, memory);
        } else {
            elements(world, request, step, twist);
        }
        return request;
    }

    private static WrOpcode opcode(Verb verb) {
        return switch (verb) {
            case SEND, SEND_INLINE -> WrOpcode.SEND;
            case SEND_IMM -> WrOpcode.SEND_WITH_IMM;
            case SEND_INV -> WrOpcode.SEND_WITH_INV;
            case WRITE, WRITE_INLINE, CHAIN -> WrOpcode.RDMA_WRITE;
            case WRITE_IMM -> WrOpcode.RDMA_WRITE_WITH_IMM;
            case READ -> WrOpcode.RDMA_READ;
            case CAS -> WrOpcode.ATOMIC_CMP_AND_SWP;
            case FAA -> WrOpcode.ATOMIC_FETCH_AND_ADD;
            default -> throw new IllegalArgumentException(verb + " posts no request");
        };
    }

    /** Of an inline request, {@code at} counts from the beginning of the memory. */
    private static void inline(SendRequest request, Step step, MemorySegment memory) {
        long pieces = step.get("pieces");
        long each = step.get("bytes") / pieces;
        for (long i = 0; i < pieces; i++) {
            long bytes = i == pieces - 1 ? step.get("bytes") - i * each : each;
            request.addInline(memory, step.get("at") + i * each, (int) bytes);
        }
    }

    private static void elements(World world, SendRequest request, Step step, int twist) {
        long pieces = step.get("pieces");
        long each = step.get("bytes") / pieces;
        for (long i = 0; i < pieces; i++) {
            long bytes = i == pieces - 1 ? step.get("bytes") - i * each : each;
            long at = step.get("at") + i * each;
            request.addSge(address(world, step, at, twist), (int) bytes, key(world, step, twist));
        }
    }

    private static long address(World world, Step step, long at, int twist) {
        if ((twist & LOCAL_DMA) != 0) {
            return side(world, step).deviceAddress(at);
        }
        Region local = world.regions.get(step.get("mr"));
        return local == null ? at : local.address(at);
    }

    private static int key(World world, Step step, int twist) {
        if ((twist & LOCAL_DMA) != 0) {
            return side(world, step).localDmaKey();
        }
        Region local = world.regions.get(step.get("mr"));
        return (local == null ? 0 : local.key()) ^ ((twist & LOCAL_KEY) != 0 ? 1 : 0);
    }

    private static Side side(World world, Step step) {
        return world.qps.get(step.get("qp")).side();
    }

    static ReceiveRequest receive(World world, Step step) {
        ReceiveRequest request = new ReceiveRequest();
        if (step.get("mr") == 0) {
            request.setEmpty(step.get("wr"));
            return request;
        }
        int twist = step.getInt("twist");
        return request.set(step.get("wr"), address(world, step, step.get("at"), twist), step.getInt("bytes"),
                key(world, step, twist));
    }

    static boolean isReceive(Step step) {
        return step.verb() == Verb.RECV || step.verb() == Verb.BAD_POST && step.get("kind") >= FIRST_BAD_RECEIVE;
    }

    /** A send request that no driver takes; null where the kind is to post none at all. */
    static SendRequest malformed(Step step, boolean user, MemorySegment memory) {
        SendRequest request = new SendRequest();
        request.flags = SendFlag.SIGNALED;
        switch (step.getInt("kind")) {
            case 0 -> {
                return null;
            }
            case 1 -> request.addSge(0, 1, 0).addSge(0, 1, 0).opcode = WrOpcode.RDMA_READ;
            case 2 -> request.opcode = WrOpcode.RDMA_READ;
            case 3 -> request.opcode = WrOpcode.ATOMIC_CMP_AND_SWP;
            case 4 -> {
                for (int i = 0; i < TOO_MANY_SGES; i++) {
                    request.addSge(0, 0, 0);
                }
            }
            case 5 -> request.addInline(memory, 0, TOO_MUCH_INLINE);
            case 6 -> request.opcode = null;
            case 7 -> request.opcode = user ? WrOpcode.LOCAL_INV : null;
            default -> request.addInline(memory, memory.byteSize() - 8, 16);
        }
        return request;
    }

    static ReceiveRequest malformedReceive() {
        ReceiveRequest request = new ReceiveRequest();
        request.sgeCount = 2;
        return request;
    }

    /** Stores bytes that depend on where they are and on the seed. */
    static void fill(MemorySegment memory, Step step) {
        long at = step.get("at");
        long seed = step.get("seed");
        for (long i = 0; i < step.get("bytes"); i++) {
            memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) (seed + 31 * i));
        }
    }
}
