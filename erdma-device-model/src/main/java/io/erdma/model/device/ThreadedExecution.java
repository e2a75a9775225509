package io.erdma.model.device;

import io.erdma.core.exec.CountedThread;
import io.erdma.core.hal.device.DmaDomain;
import io.erdma.core.leak.LeakLedger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine threads claim what was rung, as hardware does. A doorbell puts its queue on the list of one engine and wakes it; a queue is on one list at most, and
 * once, so nothing is allocated.
 */
final class ThreadedExecution extends Execution {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadedExecution.class);
    private static final int SPINS_BEFORE_PARK = 2_000;

    private final Engine[] engines;

    ThreadedExecution(DmaDomain domain, int threads, String name, LeakLedger ledger) {
        super(domain);
        this.engines = new Engine[threads];
        for (int i = 0; i < threads; i++) {
            engines[i] = new Engine(name + "-" + i, ledger);
        }
        for (Engine engine : engines) {
            engine.thread.start();
        }
    }

    @Override
    void ring(Work work, int index) {
        if (work.ring(index, false)) {
            engineOf(work).push(work);
        }
    }

    @Override
    void wake(Work work) {
        if (work.wake(false)) {
            engineOf(work).push(work);
        }
    }

    @Override
    void command(Work work, int index) {
        ring(work, index);
    }

    private Engine engineOf(Work work) {
        return engines[Integer.remainderUnsigned(work.affinity(), engines.length)];
    }

    @Override
    public void close() {
        for (Engine engine : engines) {
            engine.end();
        }
        for (Engine engine : engines) {
            engine.thread.awaitEnd();
        }
    }

    /** A thread and the list of what it has to run, latest first. */
    private final class Engine implements Runnable {
        private final CountedThread thread;
        private final AtomicReference<@Nullable Work> rung = new AtomicReference<>();
        private volatile boolean parked;
        private volatile boolean ending;

        Engine(String name, LeakLedger ledger) {
            this.thread = new CountedThread(name, this, ledger);
        }

        void push(Work work) {
            while (true) {
                Work head = rung.get();
                work.next = head;
                if (rung.compareAndSet(head, work)) {
                    break;
                }
            }
            if (parked) {
                LockSupport.unpark(thread.thread());
            }
        }

        @Override
        public void run() {
            EngineContext context = context();
            int idle = 0;
            while (!ending) {
                Work list = rung.getAndSet(null);
                if (list != null) {
                    runAll(context, list);
                    idle = 0;
                } else if (++idle < SPINS_BEFORE_PARK) {
                    Thread.onSpinWait();
                } else {
                    park();
                    idle = 0;
                }
            }
        }

        private void park() {
            parked = true;
            if (rung.get() == null && !ending) {
                LockSupport.park(ThreadedExecution.this);
            }
            parked = false;
        }

        private void runAll(EngineContext context, Work latestFirst) {
            Work list = reverse(latestFirst);
            while (list != null) {
                Work work = list;
                list = work.next;
                work.next = null;
                if (work.claimScheduled()) {
                    run(context, work);
                }
            }
        }

        /** A queue that fails by a defect of ours, or for want of memory, stands still from then on; the others go on. */
        private static void run(EngineContext context, Work work) {
            try {
                context.runAndSettle(work);
            } catch (RuntimeException | Error e) {
                LOG.debug("a queue stands still", e);
            }
        }

        private static @Nullable Work reverse(Work latestFirst) {
            Work earliest = null;
            Work left = latestFirst;
            while (left != null) {
                Work after = left.next;
                left.next = earliest;
                earliest = left;
                left = after;
            }
            return earliest;
        }

        void end() {
            ending = true;
            LockSupport.unpark(thread.thread());
        }
    }
}
