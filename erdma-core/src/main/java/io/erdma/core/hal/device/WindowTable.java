package io.erdma.core.hal.device;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Windows sorted by device address, immutable. They sit in chunks, so a change copies one chunk and the list of chunks: with 100,000 windows some
 * thousand references. Look-ups allocate nothing.
 */
final class WindowTable {
    static final WindowTable EMPTY = new WindowTable(new DmaWindow[0][]);

    /**
     * A chunk that grows beyond this is split in halves; the last one behind its windows if the new one is behind them all, so that chunks stay full
     * while addresses rise, as they mostly do.
     */
    static final int LARGEST_CHUNK = 256;

    private final DmaWindow[][] chunks; // none is empty

    private WindowTable(DmaWindow[][] chunks) {
        this.chunks = chunks;
    }

    /** The last window that begins at or below an address, or {@link DmaWindow#NONE}. */
    DmaWindow floor(long address) {
        int chunk = chunkOf(address);
        return chunk < 0 ? DmaWindow.NONE : chunks[chunk][indexIn(chunks[chunk], address)];
    }

    /** The last chunk whose first window begins at or below an address, or −1. */
    private int chunkOf(long address) {
        int low = 0;
        int high = chunks.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (chunks[middle][0].base() <= address) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The last window of a chunk that begins at or below an address, or −1. */
    private static int indexIn(DmaWindow[] chunk, long address) {
        int low = 0;
        int high = chunk.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (chunk[middle].base() <= address) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** This table and one more window, which overlaps none. */
    WindowTable with(DmaWindow added) {
        if (chunks.length == 0) {
            return new WindowTable(new DmaWindow[][]{ { added } });
        }
        int at = Math.max(0, chunkOf(added.base()));
        DmaWindow[] old = chunks[at];
        DmaWindow[] grown = inserted(old, indexIn(old, added.base()) + 1, added);
        if (grown.length <= LARGEST_CHUNK) {
            return withChunks(at, 1, grown);
        }
        boolean behindAll = at == chunks.length - 1 && grown[LARGEST_CHUNK] == added;
        int first = behindAll ? LARGEST_CHUNK : grown.length / 2;
        return withChunks(at, 1, Arrays.copyOf(grown, first), Arrays.copyOfRange(grown, first, grown.length));
    }

    private static DmaWindow[] inserted(DmaWindow[] old, int index, DmaWindow added) {
        DmaWindow[] grown = Arrays.copyOf(old, old.length + 1);
        System.arraycopy(old, index, grown, index + 1, old.length - index);
        grown[index] = added;
        return grown;
    }

    /** This table without a window that is in it. */
    WindowTable without(DmaWindow removed) {
        int at = chunkOf(removed.base());
        DmaWindow[] old = chunks[at];
        int index = indexIn(old, removed.base());
        DmaWindow[] rest = Arrays.copyOf(old, old.length - 1);
        System.arraycopy(old, index + 1, rest, index, rest.length - index);
        if (rest.length == 0) {
            return withChunks(at, 1);
        }
        // small neighbours are joined, or a few survivors of many windows would each keep a chunk
        if (at > 0 && chunks[at - 1].length + rest.length <= LARGEST_CHUNK / 2) {
            return withChunks(at - 1, 2, joined(chunks[at - 1], rest));
        }
        if (at + 1 < chunks.length && rest.length + chunks[at + 1].length <= LARGEST_CHUNK / 2) {
            return withChunks(at, 2, joined(rest, chunks[at + 1]));
        }
        return withChunks(at, 1, rest);
    }

    private static DmaWindow[] joined(DmaWindow[] left, DmaWindow[] right) {
        DmaWindow[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    /** This table with {@code count} chunks from {@code at} on replaced. */
    private WindowTable withChunks(int at, int count, DmaWindow[]... replacements) {
        int behind = at + count;
        DmaWindow[][] changed = Arrays.copyOf(chunks, chunks.length - count + replacements.length);
        System.arraycopy(replacements, 0, changed, at, replacements.length);
        System.arraycopy(chunks, behind, changed, at + replacements.length, chunks.length - behind);
        return new WindowTable(changed);
    }

    /** The table of what each window becomes; its address stays. */
    WindowTable each(UnaryOperator<DmaWindow> change) {
        DmaWindow[][] changed = new DmaWindow[chunks.length][];
        for (int i = 0; i < chunks.length; i++) {
            changed[i] = Arrays.stream(chunks[i]).map(change).toArray(DmaWindow[]::new);
        }
        return new WindowTable(changed);
    }

    int size() {
        int size = 0;
        for (DmaWindow[] chunk : chunks) {
            size += chunk.length;
        }
        return size;
    }

    int chunkCount() {
        return chunks.length;
    }
}
