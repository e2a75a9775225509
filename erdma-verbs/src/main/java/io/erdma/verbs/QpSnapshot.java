package io.erdma.verbs;

import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.IwarpQpState;
import io.erdma.qp.RingSnapshot;

/**
 * A QP at one moment.
 *
 * @param qpn its number
 * @param pdn its PD
 * @param sendCqn CQ of send completions
 * @param receiveCqn CQ of receive completions
 * @param state state of its state machine
 * @param cookie what the device calls it in MPA frames
 * @param capabilities sizes, in work requests
 * @param sendRing send queue, in building blocks
 * @param receiveRing receive queue
 * @param references who holds it, its owner included
 */
public record QpSnapshot(
        int qpn, int pdn, int sendCqn, int receiveCqn, IwarpQpState state, int cookie, QpCapabilities capabilities,
        RingSnapshot sendRing,
        RingSnapshot receiveRing, int references) {}
