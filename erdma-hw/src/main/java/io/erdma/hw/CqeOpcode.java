package io.erdma.hw;

import io.erdma.core.verbs.WcOpcode;
import java.util.Collections;
import java.util.List;

/**
 * Opcodes of completions. Those of the send side are {@link SqOpcode}'s; an error or a flush carries one too, for both drivers use it
 * as an index into a table of {@link #COUNT}.
 *
 * <pre>
 *  0, 9     RDMA_WRITE                 12 RECV with immediate (peer's SEND_WITH_IMM)
 *  1, 16    RDMA_READ                  14 REG_MR
 *  2, 3, 13 SEND                       15 LOCAL_INV
 *  4        RECV                       17 COMP_SWAP
 *  5        RECV_RDMA_WITH_IMM         18 FETCH_ADD
 *  6        RECV with invalidate       11 LOCAL_INV, to the user provider alone
 * </pre>
 *
 * Data sheet: §8 (kernel: {@code erdma_cq.c}, {@code wc_mapping_table}).
 */
public final class CqeOpcode {
    /** The peer's SEND; also any flushed receive. */
    public static final int RECV = 4;
    /** The peer's WRITE_WITH_IMM. */
    public static final int RECV_RDMA_WITH_IMM = 5;
    /** The peer's SEND_WITH_INV; the user provider does not report the key. */
    public static final int RECV_INV = 6;
    /** What the user provider alone knows as LOCAL_INV; no device of this project sends it. */
    public static final int PROVIDER_LOCAL_INV = 11;
    /** The peer's SEND_WITH_IMM. */
    public static final int RECV_IMM = 12;
    /** One more than the highest opcode. */
    public static final int COUNT = 19;

    private static final List<WcOpcode> TO_VERBS = table();

    private CqeOpcode() {}

    /** What the work completion says was done; {@link WcOpcode#SEND} for a number that is no opcode (choice: a zeroed table's entry). */
    public static WcOpcode toVerbs(int opcode) {
        return opcode >= 0 && opcode < COUNT ? TO_VERBS.get(opcode) : WcOpcode.SEND;
    }

    private static List<WcOpcode> table() {
        WcOpcode[] table = Collections.nCopies(COUNT, WcOpcode.SEND).toArray(WcOpcode[]::new);
        table[SqOpcode.WRITE] = WcOpcode.RDMA_WRITE;
        table[SqOpcode.WRITE_WITH_IMM] = WcOpcode.RDMA_WRITE;
        table[SqOpcode.READ] = WcOpcode.RDMA_READ;
        table[SqOpcode.READ_WITH_INV] = WcOpcode.RDMA_READ;
        table[RECV] = WcOpcode.RECV;
        table[RECV_RDMA_WITH_IMM] = WcOpcode.RECV_RDMA_WITH_IMM;
        table[RECV_INV] = WcOpcode.RECV;
        table[RECV_IMM] = WcOpcode.RECV;
        table[PROVIDER_LOCAL_INV] = WcOpcode.LOCAL_INV;
        table[SqOpcode.REG_MR] = WcOpcode.REG_MR;
        table[SqOpcode.LOCAL_INV] = WcOpcode.LOCAL_INV;
        table[SqOpcode.ATOMIC_CAS] = WcOpcode.COMP_SWAP;
        table[SqOpcode.ATOMIC_FAA] = WcOpcode.FETCH_ADD;
        return List.of(table);
    }
}
