package io.erdma.hw;

/** Opcodes of send-queue entries; the CQE of one carries the same number. Data sheet: §6 (kernel: {@code enum erdma_opcode}). */
public final class SqOpcode {
    /** {@link SqeWrite}. */
    public static final int WRITE = 0;
    /** {@link SqeRead}. */
    public static final int READ = 1;
    /** {@link SqeSend}. */
    public static final int SEND = 2;
    /** {@link SqeSend} with immediate. */
    public static final int SEND_WITH_IMM = 3;
    /** {@link SqeWrite} with immediate. */
    public static final int WRITE_WITH_IMM = 9;
    /** {@link SqeSend} that invalidates an STag of the peer. */
    public static final int SEND_WITH_INV = 13;
    /** {@link SqeRegMr}. */
    public static final int REG_MR = 14;
    /** {@link SqeLocalInv}. */
    public static final int LOCAL_INV = 15;
    /** {@link SqeRead} that invalidates the local sink's STag. */
    public static final int READ_WITH_INV = 16;
    /** {@link SqeAtomic}: compare and swap. */
    public static final int ATOMIC_CAS = 17;
    /** {@link SqeAtomic}: fetch and add. */
    public static final int ATOMIC_FAA = 18;

    private SqOpcode() {}
}
