package io.erdma.core.verbs;

/** A work completion (libibverbs: {@code ibv_wc}), mutable: {@code pollCq} fills it in. Not thread-safe. */
public final class WorkCompletion {
    /** {@link #flags}: {@link #immediate} is valid. */
    public static final int WITH_IMM = 1;
    /** {@link #flags}: {@link #invalidatedKey} is valid. */
    public static final int WITH_INVALIDATE = 1 << 1;
    /** {@link #flags}: 40 bytes of GRH come before the data (UD). */
    public static final int GRH = 1 << 2;

    /** The number that the request had. */
    public long wrId;
    /** How it went. */
    public WcStatus status = WcStatus.SUCCESS;
    /** What it was. Meaningful in errors too, as the device always reports it. */
    public WcOpcode opcode = WcOpcode.SEND;
    /** More about an error; 0 without one. */
    public int vendorError;
    /** Bytes transferred, an unsigned 32-bit number; on the send side the request's length. */
    public int byteLength;
    /** Immediate data, as a number. */
    public int immediate;
    /** The STag that the peer invalidated. */
    public int invalidatedKey;
    /** QPN of the own QP. */
    public int qpNumber;
    /** UD: QPN of the sender. */
    public int sourceQp;
    /** Which fields are valid. */
    public int flags;

    /** A completion to be filled in. */
    public WorkCompletion() {}

    /** An array of completions to poll into. */
    public static WorkCompletion[] array(int size) {
        WorkCompletion[] all = new WorkCompletion[size];
        for (int i = 0; i < size; i++) {
            all[i] = new WorkCompletion();
        }
        return all;
    }

    /** Whether it is {@link WcStatus#SUCCESS}. */
    public boolean ok() {
        return status == WcStatus.SUCCESS;
    }

    @Override
    public String toString() {
        return "wr %d %s %s, %d bytes, QP %d, vendor error 0x%x"
                .formatted(wrId, opcode, status, Integer.toUnsignedLong(byteLength), qpNumber, vendorError);
    }
}
