package io.erdma.model.device;

import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.hal.device.Ticket;
import io.erdma.hw.SqeHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a thread needs to run engines: its ticket, the queues it has still to run, the interrupts it has still to deliver, and the completion queues it
 * keeps locked. Confined to its thread.
 *
 * <p>Nothing nests: an interrupt handler that rings a doorbell while this thread is in {@link #settle()} only adds to the queue, and handlers are called
 * when no engine is on the stack. So the stack stays as deep as it is whatever handlers do.
 */
final class EngineContext {
    private static final Logger LOG = LoggerFactory.getLogger(EngineContext.class);
    private static final int SPINS_BEFORE_YIELD = 200;

    /** Of the message at hand. */
    final Source source = new Source();
    /** An entry that does not lie in a row in its ring. Native, so that decoding meets one kind of memory. */
    final MemorySegment entry = newEntry();
    private final DmaDomain domain;
    private final Ticket ticket;
    private final ArrayDeque<Work> queued = new ArrayDeque<>();
    private boolean settling;
    private boolean inside;

    private @Nullable CompletionQueue leased;
    private @Nullable CompletionQueue alsoLeased;

    private ErdmaFunction[] interrupted = new ErdmaFunction[2];
    private int[] vectors = new int[2];
    private int interruptedCount;

    EngineContext(DmaDomain domain) {
        this.domain = domain;
        this.ticket = domain.newTicket();
    }

    @SuppressWarnings("MustBeClosedChecker") // an automatic arena can't be closed
    private static MemorySegment newEntry() {
        return Arena.ofAuto().allocate((long) SqeHeader.MAX_WQEBBS << SqeHeader.WQEBB_SHIFT, Long.BYTES);
    }

    /** Whether this thread is somewhere below {@link #settle()}: in an engine or in an interrupt handler. */
    boolean settling() {
        return settling;
    }

    /** Adds a queue that was scheduled. */
    void add(Work work) {
        queued.addLast(work);
    }

    /** Runs a claimed queue, and then all that came of it. Not while {@link #settling()}. */
    void runAndSettle(Work claimed) {
        settling = true;
        try {
            claimed.runClaimed(this);
            if (!queued.isEmpty() || interruptedCount > 0) {
                runAll();
            }
        } catch (RuntimeException | Error e) {
            // what is queued are others' queues
            runAll();
            throw e;
        } finally {
            settling = false;
        }
    }

    /** Runs what is queued in this thread and delivers interrupts until nothing is left; nothing if the thread does so already. */
    void settle() {
        if (settling || (queued.isEmpty() && interruptedCount == 0)) {
            return;
        }
        settling = true;
        try {
            runAll();
        } finally {
            settling = false;
        }
    }

    private void runAll() {
        do {
            for (Work work = queued.pollFirst(); work != null; work = queued.pollFirst()) {
                if (work.claimScheduled()) {
                    work.runClaimed(this);
                }
            }
        } while (deliverOne());
    }

    /** Remembers an interrupt. */
    void interrupt(ErdmaFunction function, int vector) {
        for (int i = 0; i < interruptedCount; i++) {
            if (interrupted[i] == function) {
                vectors[i] |= 1 << vector;
                return;
            }
        }
        if (interruptedCount == interrupted.length) {
            interrupted = Arrays.copyOf(interrupted, 2 * interruptedCount);
            vectors = Arrays.copyOf(vectors, 2 * interruptedCount);
        }
        interrupted[interruptedCount] = function;
        vectors[interruptedCount++] = 1 << vector;
    }

    private boolean deliverOne() {
        if (interruptedCount == 0) {
            return false;
        }
        ErdmaFunction function = interrupted[0];
        int vector = Integer.numberOfTrailingZeros(vectors[0]);
        vectors[0] &= vectors[0] - 1;
        if (vectors[0] == 0) {
            interruptedCount--;
            System.arraycopy(interrupted, 1, interrupted, 0, interruptedCount);
            System.arraycopy(vectors, 1, vectors, 0, interruptedCount);
        }
        try {
            function.deliver(vector);
        } catch (RuntimeException e) {
            LOG.debug("the handler of vector {} failed", vector, e);
        }
        return true;
    }

    /** Begins to touch host memory. */
    void enter() {
        ticket.enter();
        inside = true;
    }

    /** Ends it. No completion queue is kept beyond. */
    void exit() {
        releaseLeases();
        inside = false;
        ticket.exit();
    }

    boolean inside() {
        return inside;
    }

    /** Waits until all engines of the card have been outside once: what was closed before is used no more. Called inside. */
    void quiesce() {
        exit();
        domain.awaitQuiescence();
        enter();
    }

    /** Locks a completion queue for the rest of the batch. What was looked up before may have to be looked up again: the ticket may be left. */
    void lease(CompletionQueue queue) {
        if (queue == leased || queue == alsoLeased) {
            return;
        }
        if (leased != null && alsoLeased != null) {
            releaseLeases();
        }
        if (!queue.tryLock()) {
            exit();
            for (int spins = 0; !queue.tryLock(); spins++) {
                pause(spins);
            }
            enter();
        }
        if (leased == null) {
            leased = queue;
        } else {
            alsoLeased = queue;
        }
    }

    /** Unlocks what {@link #lease} locked. */
    void releaseLeases() {
        CompletionQueue first = leased;
        CompletionQueue second = alsoLeased;
        leased = null;
        alsoLeased = null;
        if (first != null) {
            first.unlock(this);
        }
        if (second != null) {
            second.unlock(this);
        }
    }

    /** Claims a receive queue. The ticket may be left and entered again meanwhile. */
    void claim(ReceiveQueue queue) {
        if (queue.tryClaim()) {
            return;
        }
        exit();
        for (int spins = 0; !queue.tryClaim(); spins++) {
            pause(spins);
        }
        enter();
    }

    @SuppressWarnings("ThreadPriorityCheck") // on few cores the holder needs the processor that we spin on
    private static void pause(int spins) {
        if (spins < SPINS_BEFORE_YIELD) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /** The thread has ended: nothing is queued any more, the ticket is outside. */
    void retire() {
        domain.retire(ticket);
    }
}
