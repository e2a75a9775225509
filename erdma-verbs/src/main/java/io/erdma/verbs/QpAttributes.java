package io.erdma.verbs;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import java.util.Set;

/**
 * What a query of a QP reports (libibverbs: {@code ibv_qp_attr}).
 *
 * @param state state as verbs see it
 * @param capabilities sizes, in work requests
 * @param pathMtu path MTU
 * @param maxRdAtomic READs and atomics in flight from here: the connection's ORD; 0 before there is one
 * @param maxDestRdAtomic READs and atomics in flight towards here: its IRD; 0 before there is one
 * @param access what peers may do
 */
public record QpAttributes(
        QpState state, QpCapabilities capabilities, Mtu pathMtu, int maxRdAtomic, int maxDestRdAtomic,
        Set<Access> access) {}
