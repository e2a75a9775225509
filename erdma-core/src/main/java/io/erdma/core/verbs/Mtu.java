package io.erdma.core.verbs;

/** The path MTUs of InfiniBand (libibverbs: {@code IBV_MTU_*}; number = ordinal + 1). */
public enum Mtu {
    /** 256 bytes. */
    MTU_256(256),
    /** 512 bytes. */
    MTU_512(512),
    /** 1024 bytes. */
    MTU_1024(1024),
    /** 2048 bytes. */
    MTU_2048(2048),
    /** 4096 bytes. */
    MTU_4096(4096);

    private final int bytes;

    Mtu(int bytes) {
        this.bytes = bytes;
    }

    /** Its size. */
    public int bytes() {
        return bytes;
    }

    /** The largest that fits a network MTU; the smallest there is when none fits (kernel: {@code ib_mtu_int_to_enum}). */
    public static Mtu fitting(int networkMtu) {
        Mtu result = MTU_256;
        for (Mtu candidate : values()) {
            if (candidate.bytes <= networkMtu) {
                result = candidate;
            }
        }
        return result;
    }
}
