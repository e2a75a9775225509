package io.erdma.hw;

/** What a function speaks on the wire, as {@link Registers#DEV_PROTO} tells. Data sheet: §2. */
public enum DeviceProtocol {
    /** iWARP; register value 0. */
    IWARP,
    /** RoCEv2; register value 1. */
    ROCE_V2;

    /** The protocol of a register value; any but 0 is RoCEv2, as the Linux driver takes it. */
    public static DeviceProtocol of(int register) {
        return register == 0 ? IWARP : ROCE_V2;
    }

    /** The register's value. */
    public int number() {
        return ordinal();
    }
}
