package io.erdma.model.vfio;

import io.erdma.model.vfio.sys.Descriptor;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a channel receives into messages, and gives each the descriptors that came with it. Several messages may arrive at once, or one in pieces. Commands are
 * taken one after the other, replies out of their order as soon as they have come. One thread at a time; the message at hand belongs to who took it, meanwhile others
 * may receive. Descriptors that nobody takes are left to a {@link Reaper}.
 */
final class Inbox implements AutoCloseable {
    private static final long BUFFER_BYTES = 512 << 10;
    /** Messages of the largest size that there is room for behind the message at hand and before the buffer's end, if nothing waits there. */
    private static final int SPARE_MESSAGES = 3;
    /** Descriptors that come with a message at most. */
    static final int MAX_DESCRIPTORS = 16;
    /** Descriptors in messages that were not taken. */
    private static final int MAX_ARRIVALS = 256;
    /** Descriptors beyond those that their messages may have, in all messages. */
    private static final int MAX_SURPLUS = 256;
    /** Descriptors that nobody took and that are not closed yet: with so many, no message is taken until one is. */
    private static final int MAX_LEFT = 256;
    /** So many come only beside answers, which are taken all the same. */
    private static final int MAX_LEFT_BY_ANSWERS = 1024;
    private static final Duration CLOSING = Duration.ofSeconds(1);

    private final UnixChannel channel;
    private final long largest;
    private final Reaper reaper;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
    /** What has come and was not taken: from the next message's first byte to behind the last byte. */
    private long start;
    private long end;
    /** Bytes of the message at hand, which begins at {@link #start}. */
    private long taken;
    /** Behind the last message that was looked at, whether it is a reply. */
    private long scanned;

    /** Descriptors in the order in which they came, each with the position in the stream of the message that it belongs to. */
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Descriptor> descriptors = new ArrayList<>();
    /** Position of {@link #start} in the stream. */
    private long position;
    /** Whether the message at hand came with more descriptors than can be taken. */
    private boolean surplusAtHand;
    private int surplus;
    /** It has sent more descriptors than it may, and nothing more is received. */
    private volatile boolean overrun;

    /** Who takes replies: each as soon as it is there. */
    interface Replies {
        /** The reply at an offset, of so many bytes. */
        void take(MemorySegment memory, long at, long bytes);
    }

    /** @param descriptor null: the message came with more than can be taken */
    private record Arrival(@Nullable Descriptor descriptor, long position) {}

    /**
     * Of a channel, which stays the caller's.
     *
     * @param largest bytes of a message at most, header and all; up to 128 KiB
     */
    Inbox(UnixChannel channel, long largest, Reaper reaper) {
        this.channel = channel;
        this.largest = largest;
        this.reaper = reaper;
    }

    /** Waits until not too much is left to the reaper. If it closes nothing for a second, nothing more is received. For the thread of the connection, before its turn. */
    void awaitReaper() {
        if (!reaper.awaitFewer(MAX_LEFT, CLOSING)) {
            overrun = true; // by an assignment alone: others may set it meanwhile
        }
    }

    private void leave(Descriptor descriptor) {
        reaper.take(descriptor::close);
    }

    private void leave(Arrival arrival) {
        if (arrival.descriptor() != null) {
            leave(arrival.descriptor());
        }
    }

    /** Lets go of the message at hand; descriptors of it that nobody took are closed. */
    void drop() {
        descriptors.forEach(this::leave);
        descriptors.clear();
        surplusAtHand = false;
        start += taken;
        position += taken;
        taken = 0;
        if (start == end || BUFFER_BYTES - start < SPARE_MESSAGES * largest) {
            MemorySegment.copy(buffer, start, buffer, 0, end - start);
            end -= start;
            scanned -= start;
            start = 0;
        }
    }

    /** Whether all of the next message is there. */
    boolean isComplete() {
        return isCompleteAt(start + taken);
    }

    private boolean isCompleteAt(long at) {
        return end - at >= Header.BYTES && isSize(size(at)) && size(at) <= end - at;
    }

    /** Whether what comes next is no message: shorter than its header, or too long. */
    boolean isBroken() {
        return end - start >= Header.BYTES && !isSize(size(start));
    }

    /** Whether there is something behind the last message that was looked at which is none, so that no reply can follow. */
    boolean isTorn() {
        return end - scanned >= Header.BYTES && !isSize(size(scanned));
    }

    /** Whether nothing more can be received until the message at hand is dropped. */
    boolean isFull() {
        return end == BUFFER_BYTES;
    }

    /** Makes the next message, which is complete, the one at hand. */
    void take() {
        taken = size(start);
        while (!arrivals.isEmpty() && arrivals.getFirst().position() == position) {
            Descriptor descriptor = arrivals.removeFirst().descriptor();
            if (descriptor == null) {
                surplusAtHand = true;
            } else {
                descriptors.add(descriptor);
            }
        }
    }

    /** Gives out all replies that are complete, and forgets them. */
    void takeReplies(Replies replies) {
        while (isCompleteAt(scanned)) {
            long bytes = size(scanned);
            if (Header.type(buffer, scanned) == Header.TYPE_REPLY) {
                replies.take(buffer, scanned, bytes);
                cut(scanned, bytes);
            } else {
                scanned += bytes;
            }
        }
    }

    /** Offset of the message behind the one at hand, −1 if it is not there yet or has descriptors. */
    long following() {
        long at = start + taken;
        return taken > 0 && at < scanned && !hasDescriptors(position + taken) ? at : -1;
    }

    private boolean hasDescriptors(long messagePosition) {
        return arrivals.stream().anyMatch(arrival -> arrival.position() == messagePosition);
    }

    /** Takes the message behind the one at hand, which is there, out of what has come. */
    void dropFollowing() {
        long at = start + taken;
        long bytes = size(at);
        cut(at, bytes);
        scanned -= bytes;
    }

    /** Takes a message that is not at hand out of what has come, and descriptors that came with it. */
    private void cut(long at, long bytes) {
        long cut = position + at - start;
        for (ListIterator<Arrival> all = arrivals.listIterator(); all.hasNext();) {
            Arrival arrival = all.next();
            if (arrival.position() == cut) {
                leave(arrival);
                all.remove();
            } else if (arrival.position() > cut) {
                all.set(new Arrival(arrival.descriptor(), arrival.position() - bytes));
            }
        }
        MemorySegment.copy(buffer, at + bytes, buffer, at, end - at - bytes);
        end -= bytes;
    }

    private long size(long at) {
        return Header.size(buffer, at);
    }

    private boolean isSize(long bytes) {
        return bytes >= Header.BYTES && bytes <= largest;
    }

    /**
     * Takes bytes, for which there is room, if some have come.
     *
     * @param waits whether to wait for them
     * @return false if no more will come, or more descriptors than may
     */
    boolean receive(boolean waits) {
        long bytes = overrun ? 0 : channel.receive(buffer, end, BUFFER_BYTES - end, waits);
        if (bytes == UnixChannel.NOTHING) {
            return true;
        }
        if (bytes <= 0) {
            return false;
        }
        end += bytes;
        if (channel.descriptorCount() > 0 || channel.truncated()) {
            takeDescriptors(position + lastBegun() - start);
        }
        return !overrun;
    }

    /** Takes what came for a message, whose position this is. */
    private void takeDescriptors(long owner) {
        int room = MAX_DESCRIPTORS
                - (int) arrivals.stream().filter(arrival -> arrival.position() == owner && arrival.descriptor() != null)
                        .count();
        for (int i = 0; i < channel.descriptorCount(); i++) {
            if (i < room) {
                arrivals.add(new Arrival(channel.descriptor(i), owner));
            } else {
                leave(channel.descriptor(i));
            }
        }
        int beyond = Math.max(0, channel.descriptorCount() - Math.max(0, room));
        surplus += beyond;
        if (channel.truncated() || beyond > 0) {
            arrivals.add(new Arrival(null, owner));
        }
        overrun |= arrivals.size() > MAX_ARRIVALS || surplus > MAX_SURPLUS || reaper.waiting() > MAX_LEFT_BY_ANSWERS;
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

    /** Whether it came with more than {@link #MAX_DESCRIPTORS}. */
    boolean hasSurplus() {
        return surplusAtHand;
    }

    @Override
    public void close() {
        descriptors.forEach(this::leave);
        arrivals.forEach(this::leave);
        arena.close();
    }
}
