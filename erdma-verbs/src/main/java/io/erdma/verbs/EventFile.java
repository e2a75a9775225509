package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Events on their way to a user program, to wait for (kernel: {@code struct ib_uverbs_event_queue}). Thread-safe. */
final class EventFile<T> {
    private final String name;
    private final int most;
    private final Consumer<T> onTake;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<T> events = new ArrayDeque<>();
    private boolean ended; // under the lock: nothing will come any more

    /**
     * @param name what it is, for people
     * @param most how many events wait at most; later ones are dropped, as a program that does not read must not fill the kernel
     * @param onTake told of each event that the program takes, with the lock held
     */
    EventFile(String name, int most, Consumer<T> onTake) {
        this.name = name;
        this.most = most;
        this.onTake = onTake;
    }

    /** An event; false if it was dropped. */
    boolean add(T event) {
        lock.lock();
        try {
            if (ended || events.size() >= most) {
                return false;
            }
            events.addLast(event);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an event. EIO: none is there, and none will come. */
    T take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (events.isEmpty()) {
                checkAlive();
                changed.await();
            }
            return first();
        } finally {
            lock.unlock();
        }
    }

    /** An event, if one is there. EIO: none is, and none will come. */
    Optional<T> poll() {
        lock.lock();
        try {
            if (events.isEmpty()) {
                checkAlive();
                return Optional.empty();
            }
            return Optional.of(first());
        } finally {
            lock.unlock();
        }
    }

    private void checkAlive() {
        if (ended) {
            throw new ErrnoException(Errno.EIO, name + " is closed, or its device removed");
        }
    }

    private T first() {
        T event = events.removeFirst();
        onTake.accept(event);
        return event;
    }

    /** Drops what nobody has taken; then none of them will be. */
    void drop(Predicate<T> which) {
        lock.lock();
        try {
            events.removeIf(which);
        } finally {
            lock.unlock();
        }
    }

    /** Nothing will come any more: who waits is told so, when there is nothing left to take. Idempotent. */
    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
