package io.erdma.verbs;

import io.erdma.core.verbs.QpState;

/**
 * What {@code modify} asks for (libibverbs: {@code ibv_qp_attr} and its mask). On iWARP nothing but the state is looked at.
 *
 * @param mask which attributes are given: {@code IBV_QP_*} bits
 * @param state the new state, if {@link #STATE} is in the mask
 * @param port the port, if {@link #PORT} is in the mask
 */
public record QpModifyAttributes(int mask, QpState state, int port) {
    /** {@code IBV_QP_STATE}. */
    public static final int STATE = 1;
    /** {@code IBV_QP_PORT}. */
    public static final int PORT = 1 << 5;
    /** All bits of the standard (kernel: {@code IB_QP_ATTR_STANDARD_BITS}). */
    public static final int STANDARD_BITS = (1 << 21) - 1;

    private static final int ONLY_PORT = 1;

    /** Asks for a state alone. */
    public static QpModifyAttributes to(QpState state) {
        return new QpModifyAttributes(STATE, state, ONLY_PORT);
    }
}
