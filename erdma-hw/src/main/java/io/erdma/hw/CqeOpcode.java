package io.erdma.hw;

/**
 * Opcodes of completions. Those of the send side are {@link SqOpcode}'s; an error or a flush carries one too, for both drivers use it
 * as an index into a table of {@link #COUNT}. Data sheet: §8.
 */
public final class CqeOpcode {
    /** The peer's SEND; also any flushed receive. */
    public static final int RECV = 4;
    /** The peer's WRITE_WITH_IMM. */
    public static final int RECV_RDMA_WITH_IMM = 5;
    /** The peer's SEND_WITH_INV. */
    public static final int RECV_INV = 6;
    /** A remote invalidate that only the user provider knows, as LOCAL_INV. */
    public static final int RSP_SEND_IMM = 11;
    /** The peer's SEND_WITH_IMM. */
    public static final int RECV_IMM = 12;
    /** One more than the highest opcode. */
    public static final int COUNT = 19;

    private CqeOpcode() {}
}
