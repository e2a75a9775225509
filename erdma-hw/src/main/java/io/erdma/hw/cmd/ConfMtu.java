package io.erdma.hw.cmd;

import io.erdma.hw.WordField;
import java.lang.foreign.MemorySegment;

/**
 * Request CONF_MTU; it comes when the netdev's MTU changes, never at probe.
 *
 * <pre>
 *  8 MTU
 * </pre>
 *
 * Data sheet: §5.2, command 3.
 */
public final class ConfMtu {
    private static final WordField MTU = WordField.of(8, 31, 0);

    private ConfMtu() {}

    /** MTU of the netdev in bytes. */
    public static int mtu(MemorySegment command, long offset) {
        return MTU.get(command, offset);
    }

    /** Sets {@link #mtu}. */
    public static void setMtu(MemorySegment command, long offset, int mtu) {
        MTU.set(command, offset, mtu);
    }
}
