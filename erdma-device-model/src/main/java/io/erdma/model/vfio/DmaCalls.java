package io.erdma.model.vfio;

import io.erdma.core.exec.Clock;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.Header;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server asks of its client: DMA_READ and DMA_WRITE, from whatever thread an engine runs in, while the thread of the connection waits for commands.
 *
 * <p>One thread at a time receives: that of the connection, or else one that waits for an answer. So an answer is seen even if the thread of the connection is in an
 * engine itself, and waits for the answer of another client. Whoever receives gives each answer to who waits for it and leaves commands where they are, for the thread
 * of the connection; which answers at once, while it waits in an engine, what it can. A client that has been waited for too long ({@link Credit}) loses its connection.
 */
final class DmaCalls {
    private static final Logger LOG = LoggerFactory.getLogger(DmaCalls.class);

    /** Calls whose answer has not come: those of engines, and those that nobody waits for any more. */
    private static final int MAX_CALLS = 4096;
    /** How long a thread waits at once; then it looks whether it is still to wait. */
    private static final int SLICE_MILLIS = 2;
    /** Bytes of an access for which {@link Credit} gives the time of one answer, in however many messages they go. */
    private static final int PIECE = Negotiation.MAX_TRANSFER;

    /** What the thread of the connection answers while it waits in an engine. */
    interface Meanwhile {
        /** Answers what can be answered of what has come; false if the stream is of no use any more. */
        boolean answer(long deadline);
    }

    /** Clients are other processes: their time is real, whatever the card's is. */
    private final Clock clock = Clock.system();
    private final UnixChannel channel;
    private final Inbox inbox;
    private final Outbox outbox;
    private final Meanwhile meanwhile;
    private volatile int largestTransfer = 1;

    private final Credit credit; // under its own lock

    // under the lock of this
    private final Map<Integer, DmaCall> calls = new HashMap<>();
    private int nextId;
    private int suspensions;
    private boolean receiving;
    private boolean serverWaits;
    private boolean dead;
    private @Nullable Thread server;

    /** @param meanwhile is asked by the thread of the connection while it waits for an answer */
    DmaCalls(UnixChannel channel, Inbox inbox, Outbox outbox, Credit credit, Meanwhile meanwhile) {
        this.channel = channel;
        this.inbox = inbox;
        this.outbox = outbox;
        this.credit = credit;
        synchronized (credit) {
            credit.renew(clock.nanoTime());
        }
        this.meanwhile = meanwhile;
    }

    /** How many bytes the client takes and gives in one message. */
    void setLargestTransfer(int bytes) {
        largestTransfer = bytes;
    }

    /**
     * Waits for the next command, for the thread of the connection. The one before, and descriptors of it that nobody took, are gone.
     *
     * @return false if no more will come, or what comes is no message
     */
    boolean next() {
        inbox.awaitReaper();
        awaitTurn();
        try {
            inbox.drop();
            while (!inbox.isComplete()) {
                if (inbox.isBroken() || !receive(true)) {
                    return false;
                }
            }
            inbox.take();
            return true;
        } finally {
            endTurn();
        }
    }

    private synchronized void awaitTurn() {
        server = Thread.currentThread();
        serverWaits = true;
        while (receiving) {
            pause(0);
        }
        serverWaits = false;
        receiving = true;
    }

    private synchronized void endTurn() {
        receiving = false;
        notifyAll();
    }

    /** Under the lock, in a loop. */
    @SuppressWarnings("WaitNotInLoop")
    private void pause(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a thread of the server was interrupted", e);
        }
    }

    private boolean receive(boolean waits) {
        boolean alive = inbox.receive(waits);
        inbox.takeReplies(this::finish);
        if (!alive || inbox.isTorn()) {
            end();
        }
        return alive;
    }

    private synchronized void finish(MemorySegment message, long at, long bytes) {
        DmaCall call = calls.remove(Header.id(message, at));
        if (call != null) {
            call.answer(message, at, bytes);
            notifyAll();
        }
    }

    /** Reads memory of the client; false if it could not be had. As {@link io.erdma.core.hal.device.FarMemory#read}. */
    boolean read(FarRange range, long address, MemorySegment target, long offset, long bytes) {
        return move(range, Command.DMA_READ, address, target, offset, bytes);
    }

    /** Writes memory of the client; false if it does not have all. As {@link io.erdma.core.hal.device.FarMemory#write}. */
    boolean write(FarRange range, long address, MemorySegment source, long offset, long bytes) {
        return move(range, Command.DMA_WRITE, address, source, offset, bytes);
    }

    private boolean move(FarRange range, int command, long address, MemorySegment memory, long offset, long bytes) {
        for (long done = 0, paid = 0; done < bytes;) {
            long run = Math.min(bytes - done, largestTransfer);
            long free = done < paid ? Credit.transfer(run) : Credit.answer(run);
            paid = done < paid ? paid : done + PIECE;
            long start = clock.nanoTime();
            DmaCall call = new DmaCall(range, command, address + done, memory, offset + done, run,
                    deadline(start, free));
            try {
                if (!send(call) || !await(call)) {
                    return false;
                }
            } finally {
                waited(start, free);
            }
            done += run;
        }
        return true;
    }

    private long deadline(long now, long free) {
        synchronized (credit) {
            return now + credit.patience(now, free);
        }
    }

    private void waited(long start, long free) {
        synchronized (credit) {
            credit.waited(start, clock.nanoTime(), free);
        }
    }

    private boolean send(DmaCall call) {
        int id;
        synchronized (this) {
            if (dead || suspensions > 0 || call.range.isClosed()) {
                return false;
            }
            if (calls.size() == MAX_CALLS) {
                giveUp("leaves too much unanswered");
                return false;
            }
            while (calls.containsKey(nextId)) {
                nextId = (nextId + 1) & Header.MAX_ID;
            }
            id = nextId;
            nextId = (nextId + 1) & Header.MAX_ID;
            calls.put(id, call);
        }
        boolean sent = false;
        try {
            sent = outbox.ask(id, call);
        } catch (IllegalStateException e) {
            synchronized (this) {
                calls.remove(id);
            }
            throw e;
        }
        if (!sent) {
            giveUp("takes no requests");
        }
        return sent;
    }

    /** The client is of no use any more; whoever serves it finds its stream ended. */
    private synchronized void giveUp(String why) {
        if (!dead) {
            LOG.debug("the client {}", why);
            end();
            channel.shutdown();
        }
    }

    private boolean await(DmaCall call) {
        boolean isServer;
        synchronized (this) {
            isServer = Thread.currentThread() == server;
        }
        while (true) {
            synchronized (this) {
                while (!call.isDone() && (receiving || serverWaits || inbox.isFull())
                        && !call.isLate(clock.nanoTime())) {
                    pause(SLICE_MILLIS);
                }
                if (!call.isDone() && call.isLate(clock.nanoTime())) {
                    call.fail();
                    giveUp("keeps engines waiting too long");
                }
                if (call.isDone()) {
                    return call.result();
                }
                receiving = true;
            }
            try {
                // first, as what it is to answer may have come before the call was made
                if (isServer && !meanwhile.answer(call.deadline)) {
                    giveUp("takes no answers");
                } else if (channel.await(SLICE_MILLIS)) {
                    boolean _ = receive(false);
                }
            } finally {
                endTurn();
            }
        }
    }

    /** No call waits any more, nor will one, for memory that is taken away. */
    synchronized void cancel(FarRange range) {
        calls.values().stream().filter(call -> call.range == range).forEach(DmaCall::fail);
        notifyAll();
    }

    /** All calls fail until {@link #resume}: whoever stops the device waits for its engines, and perhaps the client waits for that. */
    synchronized void suspend() {
        suspensions++;
        failAll();
    }

    /** Undoes one {@link #suspend}. */
    synchronized void resume() {
        suspensions--;
    }

    /** All calls fail, for ever. */
    synchronized void end() {
        dead = true;
        failAll();
    }

    private void failAll() {
        calls.values().forEach(DmaCall::fail);
        notifyAll();
    }
}
