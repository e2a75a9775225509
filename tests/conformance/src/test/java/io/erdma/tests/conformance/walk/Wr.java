package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WrOpcode;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A send request in its ring. Inline bytes are those of the moment of the post. */
record Wr(long wrId, WrOpcode opcode, boolean signaled, boolean solicited, long[] addresses, int[] lengths, int[] keys,
        byte[] inline, long remoteAddress, int remoteKey, int immediate, long compareAdd, long swap, int wqebbs) {
    /** A copy of a request, as it may be used again. Inline bytes are taken from where they must be, in {@code side}. */
    static Wr of(SendRequest request, boolean signalAll, int wqebbs, Side side) {
        int sges = request.sgeCount();
        long[] addresses = new long[sges];
        int[] lengths = new int[sges];
        int[] keys = new int[sges];
        for (int i = 0; i < sges; i++) {
            addresses[i] = request.sgeAddress(i);
            lengths[i] = request.sgeLength(i);
            keys[i] = request.sgeKey(i);
        }
        return new Wr(request.wrId, request.opcode, signalAll || request.has(SendFlag.SIGNALED),
                request.has(SendFlag.SOLICITED), addresses, lengths, keys,
                request.has(SendFlag.INLINE) ? bytes(side, addresses, lengths) : null, request.remoteAddress,
                request.remoteKey, request.immediate, request.compareAdd, request.swap, wqebbs);
    }

    private static byte[] bytes(Side side, long[] addresses, int[] lengths) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < lengths.length; i++) {
            MemorySegment piece = side.memory().asSlice(addresses[i], lengths[i]);
            all.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE));
        }
        return all.toByteArray();
    }

    boolean isAtomic() {
        return opcode == WrOpcode.ATOMIC_CMP_AND_SWP || opcode == WrOpcode.ATOMIC_FETCH_AND_ADD;
    }

    boolean hasImmediate() {
        return opcode == WrOpcode.SEND_WITH_IMM || opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
    }

    /** Bytes of the message. */
    long length() {
        if (isAtomic()) {
            return Long.BYTES;
        }
        if (inline != null) {
            return inline.length;
        }
        long sum = 0;
        for (int length : lengths) {
            sum += Integer.toUnsignedLong(length);
        }
        return sum;
    }

    WcOpcode completedAs() {
        return switch (opcode) {
            case RDMA_WRITE, RDMA_WRITE_WITH_IMM -> WcOpcode.RDMA_WRITE;
            case RDMA_READ, RDMA_READ_WITH_INV -> WcOpcode.RDMA_READ;
            case ATOMIC_CMP_AND_SWP -> WcOpcode.COMP_SWAP;
            case ATOMIC_FETCH_AND_ADD -> WcOpcode.FETCH_ADD;
            case REG_MR -> WcOpcode.REG_MR;
            case LOCAL_INV -> WcOpcode.LOCAL_INV;
            case SEND, SEND_WITH_IMM, SEND_WITH_INV -> WcOpcode.SEND;
        };
    }

    Done done(Verdict verdict) {
        return new Done(wrId, verdict, completedAs(), length(), 0, false, false);
    }
}
