package io.erdma.verbs;

import io.erdma.core.net.MacAddress;
import java.nio.ByteBuffer;

/**
 * A 128-bit address of a port (libibverbs: {@code union ibv_gid}).
 *
 * @param high bytes 0–7, most significant first
 * @param low bytes 8–15
 */
public record Gid(long high, long low) {
    private static final int BYTES = 16;
    private static final int MAC_SHIFT = 16;

    /** The GID of an iWARP port: the MAC in the first 6 bytes, the rest 0 (driver-behaviour §3). */
    public static Gid ofIwarp(MacAddress address) {
        return new Gid(address.bits() << MAC_SHIFT, 0);
    }

    /** A fresh copy of its 16 bytes. */
    public byte[] bytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    @Override
    public String toString() {
        return "%04x:%04x:%04x:%04x:%04x:%04x:%04x:%04x".formatted(
                high >>> 48, high >>> 32 & 0xFFFF, high >>> 16 & 0xFFFF, high & 0xFFFF,
                low >>> 48, low >>> 32 & 0xFFFF, low >>> 16 & 0xFFFF, low & 0xFFFF);
    }
}
