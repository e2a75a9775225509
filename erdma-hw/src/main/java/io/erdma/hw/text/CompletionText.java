package io.erdma.hw.text;

import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandResponse;
import java.lang.foreign.MemorySegment;

/** Completion-queue entries. Data sheet: §5, §8. */
public final class CompletionText {
    private CompletionText() {}

    /** The completion of a work request at an offset. */
    public static String of(MemorySegment cqe, long at) {
        int header = Cqe.load(cqe, at);
        int opcode = Cqe.opcode(header);
        return "qpn %d index %d %s %s, %d bytes%s".formatted(Cqe.qpn(cqe, at), Cqe.wqeIndex(cqe, at), opcode(opcode),
                syndrome(Cqe.syndrome(header)), Cqe.byteCount(cqe, at), immediate(opcode, cqe, at));
    }

    private static String opcode(int opcode) {
        return switch (opcode) {
            case CqeOpcode.RECV -> "RECV";
            case CqeOpcode.RECV_RDMA_WITH_IMM -> "RECV_RDMA_WITH_IMM";
            case CqeOpcode.RECV_INV -> "RECV_INV";
            case CqeOpcode.RECV_IMM -> "RECV_IMM";
            default -> RequestText.opcode(opcode);
        };
    }

    private static String immediate(int opcode, MemorySegment cqe, long at) {
        return switch (opcode) {
            case CqeOpcode.RECV_INV -> " stag " + Numbers.hex(Cqe.invalidatedKey(cqe, at));
            case CqeOpcode.RECV_IMM, CqeOpcode.RECV_RDMA_WITH_IMM -> " imm " + Numbers.hex(Cqe.immediate(cqe, at));
            default -> "";
        };
    }

    private static String syndrome(int syndrome) {
        return syndrome == Syndrome.SUCCESS
                ? "ok"
                : "syndrome %d (%s)".formatted(syndrome, Syndrome.status(syndrome));
    }

    /** The completion of a command at an offset. */
    public static String ofCommand(MemorySegment cqe, long at) {
        int header = CommandCqe.load(cqe, at);
        int syndrome = CommandCqe.syndrome(header);
        CommandResponse response = CommandCqe.response(cqe, at);
        return "index %d %s%s".formatted(CommandCqe.wqebbIndex(cqe, at),
                syndrome == CommandCqe.SUCCESS ? "ok" : "syndrome " + syndrome,
                response.equals(CommandResponse.NONE)
                        ? ""
                        : " response %s %s".formatted(Numbers.hex(response.qword0()), Numbers.hex(response.qword1())));
    }
}
