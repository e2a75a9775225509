package io.erdma.qp;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.Reflush;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the device to flush what was posted to a kernel QP that has left RTS: REFLUSH with both producer indices, {@value #DELAY_MICROS} µs after
 * the QP left and after the last post since. Kernel: {@code erdma_flush_worker}, {@code reflush_dwork}; driver behaviour: §4.
 *
 * <p>A post only notes the time; one piece of delayed work is pending at most, and it delays itself again if a post came after it was queued. So
 * posting on a QP in error allocates once in that time, not once a post. Safe for use by any thread.
 */
public final class Reflusher implements AutoCloseable {
    /** How long a post waits for others before the device is told. */
    public static final long DELAY_MICROS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Reflusher.class);
    private static final long DELAY_NANOS = TimeUnit.MICROSECONDS.toNanos(DELAY_MICROS);

    private final SendRing sendRing;
    private final ReceiveRing receiveRing;
    private final CommandChannel commands;
    private final WorkQueue workQueue;
    private final Clock clock;
    private final Runnable task = this::run;
    private final AtomicBoolean pending = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock(); // held while the command runs, so that close() waits for it
    private volatile boolean active;
    private volatile boolean closed;
    private volatile long lastPost;
    private volatile WorkQueue.@Nullable Delayed delayed;

    /** For one QP; does nothing until {@link #start}. */
    public Reflusher(SendRing sendRing, ReceiveRing receiveRing, CommandChannel commands, WorkQueue workQueue) {
        this.sendRing = sendRing;
        this.receiveRing = receiveRing;
        this.commands = commands;
        this.workQueue = workQueue;
        this.clock = workQueue.clock();
    }

    /** The QP has left RTS, or went to ERROR before it: what was posted and will be posted must be flushed. */
    public void start() {
        active = true;
        posted();
    }

    /** Something was posted, to either ring. One read while the QP works. Throws nothing. */
    public void posted() {
        if (!active) {
            return;
        }
        lastPost = clock.nanoTime();
        if (pending.compareAndSet(false, true)) {
            schedule(DELAY_NANOS);
        }
    }

    private void schedule(long nanos) {
        try {
            WorkQueue.Delayed work = workQueue.schedule(task, nanos);
            delayed = work;
            if (closed) {
                work.cancel();
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("QP {} is not reflushed: the work queue is closed", sendRing.qpn(), e);
        }
    }

    private void run() {
        long seen = lastPost;
        long remaining = seen + DELAY_NANOS - clock.nanoTime();
        if (remaining > 0) {
            schedule(remaining);
            return;
        }
        pending.set(false);
        if (lastPost != seen && pending.compareAndSet(false, true)) { // a post that still found it pending
            schedule(DELAY_NANOS);
            return;
        }
        reflush();
    }

    private void reflush() {
        lock.lock();
        try {
            if (!closed) {
                commands.execute(CommandOpcode.REFLUSH, (slot, offset) -> {
                    Reflush.setQpn(slot, offset, sendRing.qpn());
                    Reflush.setSqProducerIndex(slot, offset, sendRing.producerIndex());
                    Reflush.setRqProducerIndex(slot, offset, receiveRing.producerIndex());
                });
            }
        } catch (ErrnoException e) {
            LOG.debug("QP {} was not reflushed", sendRing.qpn(), e);
        } finally {
            lock.unlock();
        }
    }

    /** Before DESTROY_QP: no REFLUSH is under way or comes any more. Waits for one that is. Idempotent. */
    @Override
    public void close() {
        active = false;
        lock.lock();
        try {
            closed = true;
            WorkQueue.Delayed work = delayed;
            if (work != null) {
                work.cancel();
            }
        } finally {
            lock.unlock();
        }
    }
}
