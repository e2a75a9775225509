package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request DEREG_MR.
 *
 * <pre>
 *  8 27:20 key, 19:0 MPT index
 * </pre>
 *
 * The key is the one that a kernel user set last, perhaps never told to the device: go by the index. Data sheet: §5.1, command 9.
 */
public final class DeregMr {
    private static final WordField KEY = WordField.of(8, 27, 20);
    private static final WordField MPT_INDEX = WordField.of(8, 19, 0);

    private DeregMr() {}

    /** Low 8 bits of the STag. */
    public static int key(MemorySegment command, long offset) {
        return KEY.get(command, offset);
    }

    /** Sets {@link #key}, or EINVAL if it does not fit. */
    public static void setKey(MemorySegment command, long offset, int key) {
        KEY.set(command, offset, key);
    }

    /** STag >> 8, 20 bits. */
    public static int mptIndex(MemorySegment command, long offset) {
        return MPT_INDEX.get(command, offset);
    }

    /** Sets {@link #mptIndex}, or EINVAL if it does not fit. */
    public static void setMptIndex(MemorySegment command, long offset, int mptIndex) {
        MPT_INDEX.set(command, offset, mptIndex);
    }
}
