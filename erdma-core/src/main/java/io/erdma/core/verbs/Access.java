package io.erdma.core.verbs;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** Rights of a memory region (libibverbs: {@code IBV_ACCESS_*}). Local read is always granted. */
public enum Access {
    /** The own side's receives, reads and atomics may write. */
    LOCAL_WRITE(1),
    /** A peer may write. Needs {@link #LOCAL_WRITE}. */
    REMOTE_WRITE(1 << 1),
    /** A peer may read. */
    REMOTE_READ(1 << 2),
    /** A peer may do atomics. Needs {@link #LOCAL_WRITE}. */
    REMOTE_ATOMIC(1 << 3),
    /** Writes may be seen in another order than they came. {@link #OPTIONAL}, and this device has no such thing. */
    RELAXED_ORDERING(1 << 20);

    /** Bits of rights that a device leaves out if it does not know them (libibverbs: {@code IBV_ACCESS_OPTIONAL_RANGE}). */
    public static final int OPTIONAL = 0x3FF << 20;
    /** Bit that asks for pages to be fetched when they are used (libibverbs: {@code IBV_ACCESS_ON_DEMAND}), which is no right. */
    public static final int ON_DEMAND = 1 << 6;

    private final int bit;

    Access(int bit) {
        this.bit = bit;
    }

    /** Its bit in libibverbs. */
    public int bit() {
        return bit;
    }

    /** Whether a bit mask has this right. */
    public boolean in(int bits) {
        return (bits & bit) != 0;
    }

    /** Bit mask of several rights. */
    public static int bits(Collection<Access> rights) {
        int bits = 0;
        for (Access right : rights) {
            bits |= right.bit;
        }
        return bits;
    }

    /** Bit mask of several rights. */
    public static int bits(Access... rights) {
        int bits = 0;
        for (Access right : rights) {
            bits |= right.bit;
        }
        return bits;
    }

    /** The rights of a bit mask; other bits are left out. */
    public static Set<Access> of(int bits) {
        Set<Access> rights = EnumSet.noneOf(Access.class);
        for (Access right : values()) {
            if (right.in(bits)) {
                rights.add(right);
            }
        }
        return rights;
    }
}
