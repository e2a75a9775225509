package io.erdma.hw.text;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import java.lang.foreign.MemorySegment;

/** Event-queue entries. Data sheet: §9. */
public final class EventText {
    private EventText() {}

    /** The entry of a completion EQ at an offset. */
    public static String completion(MemorySegment ceqe, long at) {
        return "cqn " + Ceqe.cqn(Ceqe.load(ceqe, at));
    }

    /** The entry of the AEQ at an offset. */
    public static String error(MemorySegment aeqe, long at) {
        int header = Aeqe.load(aeqe, at);
        String type = switch (Aeqe.type(header)) {
            case Aeqe.QP_FATAL -> "QP_FATAL qpn";
            case Aeqe.QP_RECV_QUEUE_ERROR -> "QP_RECV_QUEUE_ERROR qpn";
            case Aeqe.ACCESS_ERROR -> "ACCESS_ERROR qpn";
            case Aeqe.CQ_ERROR -> "CQ_ERROR cqn";
            case Aeqe.OTHER -> "OTHER";
            default -> "type " + Aeqe.type(header);
        };
        return "%s %d subtype %d".formatted(type, Aeqe.data0(aeqe, at), Aeqe.subtype(header));
    }
}
