package io.erdma.core.hal.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DmaDomainTest {
    private static final long AT = 0x10_0000;

    private final DmaDomain domain = new DmaDomain();
    private final DmaSpace space = new DmaSpace(domain);

    @Test
    void ticket_isInsideBetweenEnterAndExit() {
        Ticket ticket = domain.newTicket();
        assertThat(ticket.isInside()).isFalse();
        ticket.enter();
        assertThat(ticket.isInside()).isTrue();
        ticket.exit();
        assertThat(ticket.isInside()).isFalse();
    }

    @Test
    void quiescence_withoutEnginesInside_isThereAtOnce_alsoWithRetiredOnes() {
        Ticket retired = domain.newTicket();
        domain.newTicket();
        domain.retire(retired);
        domain.awaitQuiescence();
    }

    @Test
    void unmap_returnsOnlyAfterTheEngineThatWasInside_hasLeft() throws Exception {
        space.setBusMaster(true);
        space.map(Arena.ofAuto().allocate(64), AT, true);
        Ticket ticket = domain.newTicket();
        ticket.enter();
        AtomicBoolean left = new AtomicBoolean();
        CountDownLatch closed = new CountDownLatch(1);
        DmaWindow window = space.find(AT);
        try (ExecutorService host = Executors.newSingleThreadExecutor()) {
            Future<Boolean> leftBefore = host.submit(() -> {
                space.unmap(AT);
                return left.get();
            });
            host.submit(closed::countDown); // runs behind the unmap only
            while (window.isOpen()) {
                Thread.onSpinWait();
            }
            assertThat(leftBefore.isDone()).isFalse();
            assertThat(closed.getCount()).isEqualTo(1);
            left.set(true);
            ticket.exit();
            assertThat(leftBefore.get()).isTrue();
        }
    }

    @Test
    void anEngineThatLeftAndEnteredAgain_doesNotHoldTheUnmapUp() throws Exception {
        Ticket ticket = domain.newTicket();
        ticket.enter();
        try (ExecutorService host = Executors.newSingleThreadExecutor()) {
            Future<?> waits = host.submit(domain::awaitQuiescence);
            while (!waits.isDone()) {
                ticket.exit();
                ticket.enter(); // inside nearly always
            }
            waits.get();
        }
        ticket.exit();
    }

    /**
     * Engines write through windows that they keep, while the host maps memory, unmaps it and closes its arena. An engine that still wrote after
     * an unmap would get an exception from the closed arena. The end is a number of rounds in which engines did write.
     */
    @ParameterizedTest
    @ValueSource(ints = { 1, 2 })
    void unmap_againstEnginesInRealThreads_neverLetsOneTouchClosedMemory(int engines) throws Exception {
        int rounds = 60;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong writes = new AtomicLong();
        space.setBusMaster(true);
        try (ExecutorService threads = Executors.newFixedThreadPool(engines)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < engines; i++) {
                Ticket ticket = domain.newTicket();
                running.add(threads.submit(() -> runEngine(ticket, stop, writes)));
            }
            for (int round = 0; round < rounds; round++) {
                mapAwaitWriteUnmapClose(writes, running);
            }
            stop.set(true);
            for (Future<?> engine : running) {
                engine.get(); // throws what the engine met
            }
        } finally {
            stop.set(true);
        }
        assertThat(writes.get()).isGreaterThanOrEqualTo(rounds);
        assertThat(space.windowCount()).isZero();
    }

    private void runEngine(Ticket ticket, AtomicBoolean stop, AtomicLong writes) {
        DmaWindow kept = DmaWindow.NONE;
        while (!stop.get()) {
            ticket.enter();
            try {
                kept = kept.isOpen() ? kept : space.find(AT);
                for (int i = 0; kept.isOpen() && i < 16; i++) {
                    kept.segment().set(ValueLayout.JAVA_LONG, 0, i);
                    writes.incrementAndGet();
                }
            } finally {
                ticket.exit();
            }
        }
    }

    private void mapAwaitWriteUnmapClose(AtomicLong writes, List<Future<?>> engines)
            throws ExecutionException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(64, 8);
            long before = writes.get();
            space.map(memory, AT, true);
            while (writes.get() == before) {
                for (Future<?> engine : engines) {
                    if (engine.isDone()) {
                        engine.get();
                    }
                }
                Thread.yield();
            }
            space.unmap(AT);
        }
    }
}
