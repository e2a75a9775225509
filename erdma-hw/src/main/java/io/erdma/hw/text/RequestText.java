package io.erdma.hw.text;

import io.erdma.hw.Rqe;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeWrite;
import java.lang.foreign.MemorySegment;

/** Entries of send and receive queues of an iWARP QP. Data sheet: §6, §7. */
public final class RequestText {
    private static final int LARGEST = SqeHeader.MAX_WQEBBS << SqeHeader.WQEBB_SHIFT;

    private RequestText() {}

    /** Bytes that must be there to show any send-queue entry. */
    public static int sendBytes() {
        return LARGEST;
    }

    /** Name of an opcode of {@link SqOpcode}. */
    public static String opcode(int opcode) {
        return switch (opcode) {
            case SqOpcode.WRITE -> "WRITE";
            case SqOpcode.READ -> "READ";
            case SqOpcode.SEND -> "SEND";
            case SqOpcode.SEND_WITH_IMM -> "SEND_WITH_IMM";
            case SqOpcode.WRITE_WITH_IMM -> "WRITE_WITH_IMM";
            case SqOpcode.SEND_WITH_INV -> "SEND_WITH_INV";
            case SqOpcode.REG_MR -> "REG_MR";
            case SqOpcode.LOCAL_INV -> "LOCAL_INV";
            case SqOpcode.READ_WITH_INV -> "READ_WITH_INV";
            case SqOpcode.ATOMIC_CAS -> "ATOMIC_CAS";
            case SqOpcode.ATOMIC_FAA -> "ATOMIC_FAA";
            default -> "opcode " + opcode;
        };
    }

    /** The send-queue entry at an offset, in one piece of {@link #sendBytes}. */
    public static String send(MemorySegment sqe, long at) {
        long header = SqeHeader.load(sqe, at);
        int opcode = SqeHeader.opcode(header);
        return opcode(opcode) + flags(header) + switch (opcode) {
            case SqOpcode.SEND -> " " + payload(sqe, at, header, SqeSend.length(sqe, at), SqeSend.SGL_OFFSET);
            case SqOpcode.SEND_WITH_IMM -> " imm %s %s".formatted(Numbers.hex(SqeSend.immediate(sqe, at)),
                    payload(sqe, at, header, SqeSend.length(sqe, at), SqeSend.SGL_OFFSET));
            case SqOpcode.SEND_WITH_INV -> " stag %s %s".formatted(Numbers.hex(SqeSend.invalidateStag(sqe, at)),
                    payload(sqe, at, header, SqeSend.length(sqe, at), SqeSend.SGL_OFFSET));
            case SqOpcode.WRITE -> write(sqe, at, header);
            case SqOpcode.WRITE_WITH_IMM -> " imm %s%s".formatted(Numbers.hex(SqeWrite.immediate(sqe, at)),
                    write(sqe, at, header));
            case SqOpcode.READ, SqOpcode.READ_WITH_INV -> " %d bytes from %s to %s".formatted(SqeRead.length(sqe, at),
                    remote(sqe, at + SqeRead.REMOTE_SGE_OFFSET),
                    place(SqeRead.sinkStag(sqe, at), SqeRead.sinkOffset(sqe, at)));
            case SqOpcode.ATOMIC_CAS -> " %s → %s%s".formatted(Numbers.hex(SqeAtomic.compare(sqe, at)),
                    Numbers.hex(SqeAtomic.swapOrAdd(sqe, at)), atomic(sqe, at));
            case SqOpcode.ATOMIC_FAA -> " + %s%s".formatted(Numbers.hex(SqeAtomic.swapOrAdd(sqe, at)), atomic(sqe, at));
            case SqOpcode.REG_MR -> " stag %s rights %s %d bytes at %s, %d pages".formatted(
                    Numbers.hex(SqeRegMr.stag(sqe, at)), CommandText.rights(SqeRegMr.rights(sqe, at)),
                    SqeRegMr.length(sqe, at), Numbers.hex(SqeRegMr.address(sqe, at)), SqeRegMr.mttEntries(sqe, at));
            case SqOpcode.LOCAL_INV -> " stag " + Numbers.hex(SqeLocalInv.stag(sqe, at));
            default -> "";
        };
    }

    private static String flags(long header) {
        return (SqeHeader.signaled(header) ? " signaled" : "") + (SqeHeader.solicited(header) ? " solicited" : "")
                + (SqeHeader.fence(header) ? " fence" : "");
    }

    private static String write(MemorySegment sqe, long at, long header) {
        return " to %s %s".formatted(place(SqeWrite.sinkStag(sqe, at), SqeWrite.sinkOffset(sqe, at)),
                payload(sqe, at, header, SqeWrite.length(sqe, at), SqeWrite.SGL_OFFSET));
    }

    private static String payload(MemorySegment sqe, long at, long header, long length, int listOffset) {
        if (SqeHeader.inline(header)) {
            return length + " bytes inline";
        }
        StringBuilder text = new StringBuilder().append(length).append(" bytes");
        int fits = (LARGEST - listOffset) / Sge.BYTES;
        for (int i = 0; i < Math.min(SqeHeader.sglLength(header), fits); i++) {
            text.append(i == 0 ? " from " : ", ").append(local(sqe, at + listOffset + (long) i * Sge.BYTES));
        }
        return text.toString();
    }

    private static String atomic(MemorySegment sqe, long at) {
        return " at %s, old to %s".formatted(remote(sqe, at + SqeAtomic.REMOTE_SGE_OFFSET),
                remote(sqe, at + SqeAtomic.LOCAL_SGE_OFFSET));
    }

    private static String local(MemorySegment sqe, long at) {
        return remote(sqe, at) + "+" + Sge.length(sqe, at);
    }

    private static String remote(MemorySegment sqe, long at) {
        return place(Sge.key(sqe, at), Sge.address(sqe, at));
    }

    private static String place(int stag, long address) {
        return Numbers.hex(stag) + ":" + Numbers.hex(address);
    }

    /** The receive-queue entry at an offset. */
    public static String receive(MemorySegment rqe, long at) {
        return "%d bytes to %s".formatted(Rqe.length(rqe, at), place(Rqe.stag(rqe, at), Rqe.address(rqe, at)));
    }
}
