package io.erdma.core.verbs;

/**
 * Attributes of a port (libibverbs: {@code ibv_port_attr}).
 *
 * @param state logical state
 * @param physicalState physical state
 * @param maxMtu largest path MTU
 * @param activeMtu path MTU in use
 * @param gidTableLength entries of the GID table
 * @param pkeyTableLength entries of the P_Key table
 * @param maxMessageBytes largest message
 * @param capabilityMask {@code port_cap_flags}
 * @param activeSpeed speed code of InfiniBand
 * @param activeWidth width code of InfiniBand
 */
public record PortAttributes(
        PortState state,
        PhysicalState physicalState,
        Mtu maxMtu,
        Mtu activeMtu,
        int gidTableLength,
        int pkeyTableLength,
        long maxMessageBytes,
        int capabilityMask,
        int activeSpeed,
        int activeWidth) {}
