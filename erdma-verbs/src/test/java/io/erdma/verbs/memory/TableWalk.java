package io.erdma.verbs.memory;

import io.erdma.core.testing.FakeFunction;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Finds page addresses as a device does: by level, root and index, over the memory that it reaches. */
public final class TableWalk {
    private static final ValueLayout.OfLong ENTRY = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ENTRIES_PER_PAGE = 512;

    private TableWalk() {}

    /** Entry {@code index} of tables of {@code level} levels. */
    public static long entry(FakeFunction device, int level, boolean contiguous, long root, long index) {
        if (contiguous) {
            return read(device, root, index);
        }
        long covered = 1;
        for (int i = 1; i < level; i++) {
            covered *= ENTRIES_PER_PAGE;
        }
        long table = root;
        long left = index;
        for (; covered > 1; covered /= ENTRIES_PER_PAGE) {
            table = read(device, table, left / covered);
            left %= covered;
        }
        return read(device, table, left);
    }

    private static long read(FakeFunction device, long table, long index) {
        return device.at(table + 8 * index, 8).get(ENTRY, 0);
    }
}
