package io.erdma.cmdq;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.eq.EventRing;
import io.erdma.hw.Limits;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Executes commands on the device (kernel: {@code erdma_cmdq.c}). Up to 128 commands of several threads are in flight; none waits for another.
 *
 * <p>A waiter helps itself: it polls the command CQ while it waits, so a command works from any thread, also from an interrupt handler. The interrupt
 * path only wakes waiters earlier. No doorbell is written under the lock, because an inline device runs interrupt handlers inside the write.
 */
public final class CommandQueue implements CommandChannel, AutoCloseable {
    private static final long TIMEOUT_NANOS = TimeUnit.MILLISECONDS.toNanos(Limits.COMMAND_TIMEOUT_MILLIS);
    private static final long FIRST_PARK_NANOS = 20_000;
    private static final long LONGEST_PARK_NANOS = 1_000_000;

    private enum State {
        WORKING,
        TIMED_OUT,
        CLOSED
    }

    private final Clock clock;
    private final Runnable onDeath;
    private final ReentrantLock lock = new ReentrantLock();
    private final CommandRing commands;
    private final CommandCompletionRing completions;
    private final EventRing events;
    private volatile State state = State.WORKING;
    private volatile boolean interruptsUsed;
    private long timedOut;
    private long dropped;

    private CommandQueue(
            Clock clock, Runnable onDeath, CommandRing commands, CommandCompletionRing completions, EventRing events) {
        this.clock = clock;
        this.onDeath = onDeath;
        this.commands = commands;
        this.completions = completions;
        this.events = events;
    }

    /**
     * Allocates the queues and tells the device's registers of them, before INIT (kernel: {@code erdma_cmdq_init}). On failure nothing is held.
     *
     * @param bar BAR 0
     * @param records pool of 8-byte records
     * @param onDeath called once, in the thread that noticed, when a command was not answered in time and the queue is given up
     * @throws ErrnoException ENOMEM
     */
    public static CommandQueue create(
            PciFunction function, Mmio bar, DmaPool records, Clock clock, Runnable onDeath) {
        CommandRing commands = CommandRing.create(function, bar, records);
        try {
            CommandCompletionRing completions = CommandCompletionRing.create(function, bar, records);
            try {
                EventRing events = createEventRing(function, bar, records);
                return new CommandQueue(clock, onDeath, commands, completions, events);
            } catch (RuntimeException e) {
                completions.close();
                throw e;
            }
        } catch (RuntimeException e) {
            commands.close();
            throw e;
        }
    }

    private static EventRing createEventRing(PciFunction function, Mmio bar, DmaPool records) {
        Mmio doorbell = bar.slice(Registers.ceqDoorbell(0), Long.BYTES);
        EventRing ring = EventRing.create(function, records, Limits.COMMAND_EQ_DEPTH, doorbell);
        bar.write32(Registers.CMDQ_EQ_ADDR_H, (int) (ring.deviceAddress() >>> 32));
        bar.write32(Registers.CMDQ_EQ_ADDR_L, (int) ring.deviceAddress());
        bar.write32(Registers.CMDQ_EQ_DEPTH, ring.depth());
        bar.write64(Registers.CMDQ_EQ_DB_HOST_ADDR, ring.recordAddress());
        return ring;
    }

    /** From now on completions raise events (kernel: {@code erdma_finish_cmdq_init}). Called once, after the completion EQs were made. */
    public void arm() {
        interruptsUsed = true;
        completions.ring(prepareArm());
    }

    private long prepareArm() {
        lock.lock();
        try {
            return completions.prepareArm();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CommandResponse execute(CommandOpcode opcode, CommandBody body) {
        Waiter waiter = new Waiter(opcode);
        long deadline = clock.nanoTime() + TIMEOUT_NANOS;
        submit(waiter, body, deadline);
        await(waiter, deadline);
        if (waiter.syndrome() != CommandCqe.SUCCESS) {
            throw new ErrnoException(
                    Errno.EIO, "the device refused " + opcode + " with syndrome " + waiter.syndrome());
        }
        return waiter.response();
    }

    private void submit(Waiter waiter, CommandBody body, long deadline) {
        long park = FIRST_PARK_NANOS;
        while (!trySubmit(waiter, body)) {
            pollCompletions();
            if (clock.nanoTime() - deadline >= 0) {
                giveUp(waiter.opcode());
            }
            park = pause(park);
        }
        commands.ring();
    }

    private boolean trySubmit(Waiter waiter, CommandBody body) {
        lock.lock();
        try {
            requireWorking(waiter.opcode());
            if (!commands.hasRoom()) {
                return false;
            }
            commands.push(waiter, body);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void requireWorking(CommandOpcode opcode) {
        if (state != State.WORKING) {
            throw new ErrnoException(
                    Errno.ENODEV,
                    opcode + ": the command queue " + (state == State.CLOSED ? "is closed" : "no longer answers"));
        }
    }

    private void await(Waiter waiter, long deadline) {
        long park = FIRST_PARK_NANOS;
        pollCompletions();
        while (!waiter.isDone()) {
            requireWorking(waiter.opcode());
            if (clock.nanoTime() - deadline >= 0) {
                giveUp(waiter.opcode());
            }
            park = pause(park);
            pollCompletions();
        }
    }

    private long pause(long nanos) {
        clock.parkNanos(nanos);
        return Math.min(2 * nanos, LONGEST_PARK_NANOS);
    }

    /** Marks the queue as dead and throws ETIME. Others that wait find ENODEV. */
    private void giveUp(CommandOpcode opcode) {
        boolean first;
        lock.lock();
        try {
            first = state == State.WORKING;
            if (first) {
                state = State.TIMED_OUT;
            }
            timedOut++;
        } finally {
            lock.unlock();
        }
        if (first) {
            onDeath.run();
        }
        throw new ErrnoException(
                Errno.ETIME, opcode + " was not answered within " + Limits.COMMAND_TIMEOUT_MILLIS + " ms");
    }

    /** Takes all completions that are there and wakes their waiters. */
    private void pollCompletions() {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            for (long at = completions.poll(); at != CommandCompletionRing.EMPTY; at = completions.poll()) {
                complete(at);
            }
        } finally {
            lock.unlock();
        }
    }

    private void complete(long at) {
        Waiter waiter = takeWaiter(at);
        if (waiter == null || state != State.WORKING) {
            dropped++;
            return;
        }
        int header = CommandCqe.load(completions.entries(), at);
        waiter.complete(CommandCqe.syndrome(header), CommandCqe.response(completions.entries(), at));
    }

    private @Nullable Waiter takeWaiter(long at) {
        return commands.takeWaiter(CommandCqe.wqebbIndex(completions.entries(), at));
    }

    /**
     * The command queue's part of vector 0's handler (kernel: {@code erdma_cmdq_completion_handler}): takes all events, polls and arms after each of them,
     * rings EQ 0. Does nothing before {@link #arm()}.
     */
    public void handleInterrupt() {
        if (!interruptsUsed) {
            return;
        }
        while (events.poll() != EventRing.EMPTY) {
            completions.ring(takeEvent());
        }
        events.ring();
    }

    private long takeEvent() {
        lock.lock();
        try {
            completions.eventTaken();
            pollCompletions();
            return completions.prepareArm();
        } finally {
            lock.unlock();
        }
    }

    /** Whether commands can be executed. */
    public boolean isWorking() {
        return state == State.WORKING;
    }

    /** What there is to see. Any thread. */
    public CommandQueueState state() {
        lock.lock();
        try {
            return new CommandQueueState(
                    isWorking(), commands.inFlight(), commands.producerIndex(), completions.consumerIndex(), timedOut,
                    dropped);
        } finally {
            lock.unlock();
        }
    }

    /** Refuses new commands; those that wait end with ENODEV. Called before the device is reset. */
    public void stop() {
        lock.lock();
        try {
            state = State.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    /** Stops, and frees the queues; the device must have been reset, and vector 0 unbound. Idempotent. */
    @Override
    public void close() {
        stop();
        // waiters touch the rings under the lock only, and no longer once they see the state
        lock.lock();
        try {
            events.close();
            completions.close();
            commands.close();
        } finally {
            lock.unlock();
        }
    }
}
