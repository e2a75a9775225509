package io.erdma.model.vfio;

import io.erdma.model.vfio.sys.Descriptor;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts what a channel receives into messages, and gives each the descriptors that came with it. Several messages may arrive at once, or one in pieces. One
 * thread.
 */
final class Inbox implements AutoCloseable {
    private static final long BUFFER_BYTES = 256 << 10;

    private final UnixChannel channel;
    private final long largest;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
    /** What has come and was not taken: from the next message's first byte to behind the last byte. */
    private long start;
    private long end;
    /** Bytes of the message at hand, which begins at {@link #start}. */
    private long taken;

    /** Descriptors in the order in which they came, each with the position in the stream of the message that it belongs to. */
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Descriptor> descriptors = new ArrayList<>();
    /** Position of {@link #start} in the stream. */
    private long position;
    /** Position of a message that came with more descriptors than can be taken, or −1. */
    private long surplusAt = -1;

    private record Arrival(Descriptor descriptor, long position) {}

    /**
     * Of a channel, which stays the caller's.
     *
     * @param largest bytes of a message at most, header and all; up to 128 KiB
     */
    Inbox(UnixChannel channel, long largest) {
        this.channel = channel;
        this.largest = largest;
    }

    /**
     * Waits for the next message. The one before, and descriptors of it that nobody took, are gone.
     *
     * @return false if no more will come, or what comes is no message: shorter than its header, or too long
     */
    boolean next() {
        drop();
        while (end - start < Header.BYTES || end - start < size(start)) {
            if (end - start >= Header.BYTES && !isSize(size(start))) {
                return false;
            }
            if (!receive()) {
                return false;
            }
        }
        taken = size(start);
        if (!isSize(taken)) {
            return false;
        }
        while (!arrivals.isEmpty() && arrivals.getFirst().position() == position) {
            descriptors.add(arrivals.removeFirst().descriptor());
        }
        return true;
    }

    private void drop() {
        descriptors.forEach(Descriptor::close);
        descriptors.clear();
        start += taken;
        position += taken;
        taken = 0;
        if (start == end) {
            start = 0;
            end = 0;
        } else if (BUFFER_BYTES - start < largest) {
            MemorySegment.copy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
    }

    private long size(long at) {
        return Header.size(buffer, at);
    }

    private boolean isSize(long bytes) {
        return bytes >= Header.BYTES && bytes <= largest;
    }

    private boolean receive() {
        long bytes = channel.receive(buffer, end, BUFFER_BYTES - end);
        if (bytes <= 0) {
            return false;
        }
        end += bytes;
        if (channel.descriptorCount() > 0 || channel.truncated()) {
            long owner = position + lastBegun() - start;
            for (int i = 0; i < channel.descriptorCount(); i++) {
                arrivals.add(new Arrival(channel.descriptor(i), owner));
            }
            surplusAt = channel.truncated() ? owner : surplusAt;
        }
        return true;
    }

    /** Where the last message begins that has a byte here: descriptors come with the first bytes of their message, and end what is received at once. */
    private long lastBegun() {
        long at = start;
        while (end - at >= Header.BYTES && isSize(size(at)) && at + size(at) < end) {
            at += size(at);
        }
        return at;
    }

    /** Where the message at hand lies. */
    MemorySegment memory() {
        return buffer;
    }

    /** Offset of its header. */
    long header() {
        return start;
    }

    /** Offset of its payload. */
    long payload() {
        return start + Header.BYTES;
    }

    /** Bytes of its payload. */
    long payloadBytes() {
        return taken - Header.BYTES;
    }

    /** Its descriptors. Those that are not removed are closed with the next message. */
    List<Descriptor> descriptors() {
        return descriptors;
    }

    /** Whether it came with more than {@link UnixChannel#MAX_DESCRIPTORS}. */
    boolean hasSurplus() {
        return surplusAt == position || descriptors.size() > UnixChannel.MAX_DESCRIPTORS;
    }

    @Override
    public void close() {
        descriptors.forEach(Descriptor::close);
        arrivals.forEach(arrival -> arrival.descriptor().close());
        arena.close();
    }
}
