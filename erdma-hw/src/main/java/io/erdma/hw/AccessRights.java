package io.erdma.hw;

import io.erdma.core.verbs.Access;

/**
 * Rights of a memory region as the REG_MR command and work request carry them, 5 bits.
 *
 * <pre>
 * 4 remote write
 * 3 remote read
 * 2 local write
 * 1 local read
 * 0 remote atomic
 * </pre>
 *
 * Data sheet: §5.1 (kernel: {@code ERDMA_MR_ACC_*}; mapping: {@code to_erdma_access_flags}).
 */
public final class AccessRights {
    /** Atomics of a peer. */
    public static final int REMOTE_ATOMIC = 1;
    /** Sources of the own side. */
    public static final int LOCAL_READ = 1 << 1;
    /** Receives and sinks of the own side. */
    public static final int LOCAL_WRITE = 1 << 2;
    /** READs of a peer. */
    public static final int REMOTE_READ = 1 << 3;
    /** WRITEs of a peer. */
    public static final int REMOTE_WRITE = 1 << 4;
    /** What a fast-register MR is made with: all but atomic. */
    public static final int ALL_BUT_ATOMIC = LOCAL_READ | LOCAL_WRITE | REMOTE_READ | REMOTE_WRITE;

    private AccessRights() {}

    /** The rights of {@link Access} bits; local read is always granted, other bits are left out. */
    public static int of(int access) {
        int rights = LOCAL_READ;
        if (Access.LOCAL_WRITE.in(access)) {
            rights |= LOCAL_WRITE;
        }
        if (Access.REMOTE_WRITE.in(access)) {
            rights |= REMOTE_WRITE;
        }
        if (Access.REMOTE_READ.in(access)) {
            rights |= REMOTE_READ;
        }
        if (Access.REMOTE_ATOMIC.in(access)) {
            rights |= REMOTE_ATOMIC;
        }
        return rights;
    }
}
