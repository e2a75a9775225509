package io.erdma.core.testing;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes in the order in which they came. Guarded by its owner. */
final class ByteQueue {
    private byte[] bytes = new byte[0];

    int size() {
        return bytes.length;
    }

    boolean isEmpty() {
        return bytes.length == 0;
    }

    void clear() {
        bytes = new byte[0];
    }

    /** Takes up to {@code limit} bytes of a buffer. */
    int fillFrom(ByteBuffer source, int limit) {
        int count = Math.max(0, Math.min(source.remaining(), limit));
        int old = bytes.length;
        bytes = Arrays.copyOf(bytes, old + count);
        source.get(bytes, old, count);
        return count;
    }

    /** Gives a buffer what fits. */
    int drainTo(ByteBuffer target) {
        int count = Math.min(target.remaining(), bytes.length);
        target.put(bytes, 0, count);
        bytes = Arrays.copyOfRange(bytes, count, bytes.length);
        return count;
    }

    /** Moves up to {@code limit} bytes to another queue. */
    int moveTo(ByteQueue other, int limit) {
        int count = Math.min(limit, bytes.length);
        other.fillFrom(ByteBuffer.wrap(bytes, 0, count), count);
        bytes = Arrays.copyOfRange(bytes, count, bytes.length);
        return count;
    }
}
