package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.erdma.core.exec.Clock;
import io.erdma.core.leak.LeakLedger;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * One end of a connected UNIX stream socket that carries bytes and descriptors. One thread at a time receives, one at a time sends; {@link #shutdown} is
 * for any.
 */
public final class UnixChannel implements AutoCloseable {
    /** {@link #receive}: nothing has come. */
    public static final int NOTHING = -1;

    /** Descriptors that the system lets come with one message: there is room for all, as those without would be closed here and now. */
    private static final int SCM_MAX_FD = 253;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_CTRUNC = 0x08;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_RDWR = 2;
    private static final short POLLIN = 1;
    private static final short POLLOUT = 4;
    private static final short POLLRDHUP = 0x2000;
    private static final int FOREVER = -1;

    // struct msghdr
    private static final long MSG_BYTES = 56;
    private static final long MSG_IOV = 16;
    private static final long MSG_IOV_COUNT = 24;
    private static final long MSG_CONTROL = 32;
    private static final long MSG_CONTROL_BYTES = 40;
    private static final long MSG_FLAGS = 48;
    // struct pollfd
    private static final long POLL_BYTES = 8;
    private static final long POLL_EVENTS = 4;
    // struct iovec
    private static final long IOV_BYTES = 16;
    private static final long IOV_LENGTH = 8;
    // struct cmsghdr, and the descriptors behind it
    private static final long CMSG_LEVEL = 8;
    private static final long CMSG_TYPE = 12;
    private static final long CMSG_DATA = 16;
    private static final long CONTROL_BYTES = CMSG_DATA + SCM_MAX_FD * (long) Integer.BYTES;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Clock clock = Clock.system();
    private final Descriptor socket;
    private final LeakLedger ledger;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment receiveState = Libc.newState(arena);
    private final MemorySegment sendState = Libc.newState(arena);
    private final MemorySegment incoming = arena.allocate(MSG_BYTES, Long.BYTES);
    private final MemorySegment incomingVector = arena.allocate(IOV_BYTES, Long.BYTES);
    private final MemorySegment control = arena.allocate(CONTROL_BYTES, Long.BYTES);
    private final MemorySegment poll = arena.allocate(POLL_BYTES, Integer.BYTES);
    private final MemorySegment hangUpState = Libc.newState(arena);
    private final MemorySegment hangUp = arena.allocate(POLL_BYTES, Integer.BYTES);
    private final MemorySegment room = arena.allocate(POLL_BYTES, Integer.BYTES);
    private final MemorySegment outgoing = arena.allocate(MSG_BYTES, Long.BYTES);
    private final MemorySegment outgoingVector = arena.allocate(IOV_BYTES, Long.BYTES);
    private final Descriptor[] received = new Descriptor[SCM_MAX_FD];
    private int receivedCount;
    private boolean truncated;
    private boolean closed; // under the lock of this: a number that was closed may be somebody else's

    /** Takes ownership of a connected socket. */
    UnixChannel(Descriptor socket, LeakLedger ledger) {
        this.socket = socket;
        this.ledger = ledger;
        incoming.set(ADDRESS, MSG_IOV, incomingVector);
        incoming.set(JAVA_LONG, MSG_IOV_COUNT, 1);
        incoming.set(ADDRESS, MSG_CONTROL, control);
        poll.set(JAVA_INT, 0, socket.number());
        poll.set(JAVA_SHORT, POLL_EVENTS, POLLIN);
        hangUp.set(JAVA_INT, 0, socket.number());
        hangUp.set(JAVA_SHORT, POLL_EVENTS, POLLRDHUP);
        room.set(JAVA_INT, 0, socket.number());
        room.set(JAVA_SHORT, POLL_EVENTS, POLLOUT);
        outgoing.set(ADDRESS, MSG_IOV, outgoingVector);
        outgoing.set(JAVA_LONG, MSG_IOV_COUNT, 1);
    }

    /** Waits so many milliseconds at most; false if nothing has come then. True promises nothing: a byte out of band is not received. For who may receive. */
    public boolean await(int milliseconds) {
        return Libc.poll(receiveState, poll, 1, milliseconds) > 0;
    }

    /** Waits until one of the ends is shut down. For one thread, beside those that receive and send. */
    public void awaitHangUp() {
        int result;
        do {
            result = Libc.poll(hangUpState, hangUp, 1, FOREVER);
        } while (result == -Libc.EINTR);
    }

    /**
     * Takes bytes, and the descriptors that came with them, if any: they belong to the last of the bytes.
     *
     * @param waits whether to wait for them
     * @return how many bytes came; 0 when no more will; {@link #NOTHING}
     */
    public long receive(MemorySegment buffer, long offset, long room, boolean waits) {
        Objects.checkFromIndexSize(offset, room, buffer.byteSize());
        incomingVector.set(JAVA_LONG, 0, buffer.address() + offset);
        incomingVector.set(JAVA_LONG, IOV_LENGTH, room);
        long bytes;
        do {
            incoming.set(JAVA_LONG, MSG_CONTROL_BYTES, CONTROL_BYTES);
            incoming.set(JAVA_INT, MSG_FLAGS, 0);
            bytes = Libc.recvmsg(receiveState, socket.number(), incoming,
                    waits ? MSG_CMSG_CLOEXEC : MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        } while (bytes == -Libc.EINTR);
        if (bytes == -Libc.EAGAIN) {
            receivedCount = 0;
            truncated = false;
            return NOTHING;
        }
        if (bytes < 0) {
            return 0;
        }
        truncated = (incoming.get(JAVA_INT, MSG_FLAGS) & MSG_CTRUNC) != 0;
        takeDescriptors(incoming.get(JAVA_LONG, MSG_CONTROL_BYTES));
        return bytes;
    }

    private void takeDescriptors(long controlBytes) {
        receivedCount = 0;
        if (controlBytes <= CMSG_DATA || control.get(JAVA_INT, CMSG_LEVEL) != SOL_SOCKET
                || control.get(JAVA_INT, CMSG_TYPE) != SCM_RIGHTS) {
            return;
        }
        long end = Math.min(control.get(JAVA_LONG, 0), CONTROL_BYTES);
        for (long at = CMSG_DATA; at + Integer.BYTES <= end; at += Integer.BYTES) {
            received[receivedCount++] = new Descriptor(control.get(JAVA_INT, at), ledger);
        }
    }

    /** How many descriptors the last {@link #receive} brought. Whoever asked for the bytes owns them now. */
    public int descriptorCount() {
        return receivedCount;
    }

    /** One of them. */
    public Descriptor descriptor(int index) {
        return received[index];
    }

    /** Whether there were more, which this process can't have. */
    public boolean truncated() {
        return truncated;
    }

    /**
     * Sends bytes, and waits while the peer does not read.
     *
     * @param deadline for how long, in nanoseconds of {@link Clock#system}
     * @return false if they did not go, or not all: the stream is of no use any more
     */
    public boolean send(MemorySegment bytes, long offset, long length, long deadline) {
        Objects.checkFromIndexSize(offset, length, bytes.byteSize());
        long sent = 0;
        while (sent < length) {
            outgoingVector.set(JAVA_LONG, 0, bytes.address() + offset + sent);
            outgoingVector.set(JAVA_LONG, IOV_LENGTH, length - sent);
            long result = Libc.sendmsg(sendState, socket.number(), outgoing, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (result < 0 && result != -Libc.EINTR && !(result == -Libc.EAGAIN && awaitRoom(deadline))) {
                return false;
            }
            sent += Math.max(0, result);
        }
        return true;
    }

    /** Waits until there may be room for more; false if the time is over. */
    private boolean awaitRoom(long deadline) {
        long left = deadline - clock.nanoTime();
        if (left <= 0) {
            return false;
        }
        int _ = Libc.poll(sendState, room, 1, (int) Math.min(Integer.MAX_VALUE, 1 + left / NANOS_PER_MILLI));
        return true;
    }

    /** Ends the stream in both directions: who waits in {@link #receive} or {@link #send} returns. No effect after {@link #close}. */
    public synchronized void shutdown() {
        if (closed) {
            return;
        }
        try (Arena scratch = Arena.ofConfined()) {
            int _ = Libc.shutdown(Libc.newState(scratch), socket.number(), SHUT_RDWR);
        }
    }

    /** Nobody receives or sends any more. Once. What was sent and never received is closed with it, so it may take as long as the peer likes. */
    @Override
    public synchronized void close() {
        closed = true;
        socket.close();
        arena.close();
    }
}
