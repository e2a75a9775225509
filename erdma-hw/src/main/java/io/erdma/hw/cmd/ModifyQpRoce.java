package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request MODIFY_QP on a RoCEv2 function; since Linux 7.3.
 *
 * <pre>
 *  8 cfg0: 31:24 state, 19:0 QPN
 * 12 cfg1: 19:0 destination QPN
 * 16 attribute mask
 * 20 Q_Key
 * 24 RQ PSN
 * 28 SQ PSN
 * 32 address vector, {@link AddressVector}
 * </pre>
 *
 * The state bit is always set in the mask, with the present state when it does not change. Data sheet: §5.1, command 3.
 */
public final class ModifyQpRoce {
    /** Where the {@link AddressVector} begins. */
    public static final int AV_OFFSET = 32;
    /** {@link #attributeMask}: state. */
    public static final int ATTR_STATE = 1;
    /** {@link #attributeMask}: Q_Key. */
    public static final int ATTR_QKEY = 1 << 1;
    /** {@link #attributeMask}: address vector. */
    public static final int ATTR_AV = 1 << 2;
    /** {@link #attributeMask}: SQ PSN. */
    public static final int ATTR_SQ_PSN = 1 << 3;
    /** {@link #attributeMask}: RQ PSN. */
    public static final int ATTR_RQ_PSN = 1 << 4;
    /** {@link #attributeMask}: destination QPN. */
    public static final int ATTR_DESTINATION_QPN = 1 << 5;

    private static final WordField STATE = WordField.of(8, 31, 24);
    private static final WordField QPN = WordField.of(8, 19, 0);
    private static final WordField DESTINATION_QPN = WordField.of(12, 19, 0);
    private static final WordField ATTRIBUTE_MASK = WordField.of(16, 31, 0);
    private static final WordField QKEY = WordField.of(20, 31, 0);
    private static final WordField RQ_PSN = WordField.of(24, 31, 0);
    private static final WordField SQ_PSN = WordField.of(28, 31, 0);

    private ModifyQpRoce() {}

    /** Number of {@link io.erdma.hw.RoceQpState}. */
    public static int state(MemorySegment command, long offset) {
        return STATE.get(command, offset);
    }

    /** Sets {@link #state}, or EINVAL if it does not fit. */
    public static void setState(MemorySegment command, long offset, int state) {
        STATE.set(command, offset, state);
    }

    /** QPN, 20 bits. */
    public static int qpn(MemorySegment command, long offset) {
        return QPN.get(command, offset);
    }

    /** Sets {@link #qpn}, or EINVAL if it does not fit. */
    public static void setQpn(MemorySegment command, long offset, int qpn) {
        QPN.set(command, offset, qpn);
    }

    /** QPN of the peer, 20 bits. */
    public static int destinationQpn(MemorySegment command, long offset) {
        return DESTINATION_QPN.get(command, offset);
    }

    /** Sets {@link #destinationQpn}, or EINVAL if it does not fit. */
    public static void setDestinationQpn(MemorySegment command, long offset, int destinationQpn) {
        DESTINATION_QPN.set(command, offset, destinationQpn);
    }

    /** Which fields are set: a sum of the {@code ATTR_} constants. */
    public static int attributeMask(MemorySegment command, long offset) {
        return ATTRIBUTE_MASK.get(command, offset);
    }

    /** Sets {@link #attributeMask}. */
    public static void setAttributeMask(MemorySegment command, long offset, int attributeMask) {
        ATTRIBUTE_MASK.set(command, offset, attributeMask);
    }

    /** Q_Key. */
    public static int qkey(MemorySegment command, long offset) {
        return QKEY.get(command, offset);
    }

    /** Sets {@link #qkey}. */
    public static void setQkey(MemorySegment command, long offset, int qkey) {
        QKEY.set(command, offset, qkey);
    }

    /** First packet sequence number of the receive queue. */
    public static int rqPsn(MemorySegment command, long offset) {
        return RQ_PSN.get(command, offset);
    }

    /** Sets {@link #rqPsn}. */
    public static void setRqPsn(MemorySegment command, long offset, int rqPsn) {
        RQ_PSN.set(command, offset, rqPsn);
    }

    /** First packet sequence number of the send queue. */
    public static int sqPsn(MemorySegment command, long offset) {
        return SQ_PSN.get(command, offset);
    }

    /** Sets {@link #sqPsn}. */
    public static void setSqPsn(MemorySegment command, long offset, int sqPsn) {
        SQ_PSN.set(command, offset, sqPsn);
    }
}
