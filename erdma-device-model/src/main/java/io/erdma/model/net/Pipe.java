package io.erdma.model.net;

import java.nio.ByteBuffer;

/**
 * One direction of a connection: bytes that were written, of which the first are delivered and the first of those read. It holds at most {@value #CAPACITY}
 * bytes, and no memory when it is empty. Guarded by the connection.
 */
final class Pipe {
    static final int CAPACITY = 64 << 10;

    private static final byte[] NOTHING = {};
    private static final int SMALLEST = 512;

    private byte[] ring = NOTHING;
    private long written;
    private long delivered;
    private long read;
    private boolean ended;
    private boolean endDelivered;

    /** Bytes ever written. */
    long written() {
        return written;
    }

    /** Bytes ever read. */
    long read() {
        return read;
    }

    /** Takes what fits. */
    int put(ByteBuffer source) {
        int held = (int) (written - read);
        int count = Math.min(source.remaining(), CAPACITY - held);
        reserve(held + count);
        for (int left = count; left > 0;) {
            int at = slot(written);
            int run = Math.min(left, ring.length - at);
            source.get(ring, at, run);
            written += run;
            left -= run;
        }
        return count;
    }

    private void reserve(int bytes) {
        if (bytes <= ring.length) {
            return;
        }
        byte[] larger = new byte[Math.max(SMALLEST, Integer.highestOneBit(bytes - 1) << 1)];
        for (long at = read; at < written; at++) {
            larger[(int) (at & (larger.length - 1))] = ring[slot(at)];
        }
        ring = larger;
    }

    /** Index of a byte; the ring's length is a power of two. */
    private int slot(long position) {
        return (int) (position & (ring.length - 1));
    }

    /** No byte follows. */
    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }

    /** Bytes on their way. */
    int undelivered() {
        return (int) (written - delivered);
    }

    /** Whether bytes or the end are on their way. */
    boolean hasUndelivered() {
        return delivered < written || (ended && !endDelivered);
    }

    /** Everything on its way arrives. */
    void deliver() {
        delivered = written;
        endDelivered = ended;
    }

    /** What is on its way is lost, and nothing follows. */
    void cut() {
        written = delivered;
        ended = true;
        endDelivered = true;
    }

    boolean isEndDelivered() {
        return endDelivered;
    }

    /** Bytes that can be read. */
    int readable() {
        return (int) (delivered - read);
    }

    /** Reads what is there and fits. */
    int take(ByteBuffer target) {
        int count = Math.min(target.remaining(), readable());
        for (int left = count; left > 0;) {
            int at = slot(read);
            int run = Math.min(left, ring.length - at);
            target.put(ring, at, run);
            read += run;
            left -= run;
        }
        if (read == written) {
            ring = NOTHING;
        }
        return count;
    }
}
