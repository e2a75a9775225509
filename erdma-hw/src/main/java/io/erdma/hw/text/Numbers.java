package io.erdma.hw.text;

/** Numbers as text. */
final class Numbers {
    private Numbers() {}

    static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }

    /** An IPv4 address whose first octet is the most significant. */
    static String ipv4(int address) {
        return "%d.%d.%d.%d".formatted(address >>> 24, address >>> 16 & 0xFF, address >>> 8 & 0xFF, address & 0xFF);
    }
}
