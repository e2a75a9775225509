package io.erdma.core.hal.device;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {
    private final PlainModel model = new PlainModel(4);
    private final LeakLedger ledger = new LeakLedger();
    private final InProcessFunction function = new InProcessFunction(model, new DmaSpace(new DmaDomain()), ledger,
            InProcessOptions.FAST);
    private final ArrayDeque<Runnable> dispatched = new ArrayDeque<>();
    private final AtomicInteger handled = new AtomicInteger();

    private InterruptVectors inline() {
        return function.allocateVectors(1, 4, Runnable::run);
    }

    @ParameterizedTest
    @CsvSource({ "1,1,1", "1,3,3", "1,32,4", "4,4,4" })
    void allocate_givesBetweenMinAndMax_allMasked(int min, int max, int given) {
        InterruptVectors vectors = function.allocateVectors(min, max, Runnable::run);
        assertThat(vectors.count()).isEqualTo(given);
        assertThat(ledger.held(Resource.VECTOR)).isEqualTo(given);
        for (int i = 0; i < given; i++) {
            assertThat(model.masked[i]).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({ "0,1", "-1,1", "2,1" })
    void allocate_ofBadNumbers_isRefused(int min, int max) {
        assertErrno(Errno.EINVAL, () -> function.allocateVectors(min, max, Runnable::run)).contains(min + " to " + max);
    }

    @Test
    void allocate_ofMoreThanThereAre_orTwice_isRefused() {
        assertErrno(Errno.ENOSPC, () -> function.allocateVectors(5, 9, Runnable::run)).contains("5").contains("4");
        InterruptVectors vectors = inline();
        assertErrno(Errno.EBUSY, this::inline);
        vectors.close();
        assertThat(ledger.outstanding()).isEmpty();
        inline();
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 4, Integer.MAX_VALUE })
    void vectorOutOfRange_isRefused_andDroppedFromTheDevice(int vector) {
        InterruptVectors vectors = inline();
        assertErrno(Errno.EINVAL, () -> vectors.bind(vector, () -> {})).contains(Integer.toString(vector));
        assertErrno(Errno.EINVAL, () -> vectors.unbind(vector));
        assertErrno(Errno.EINVAL, () -> vectors.mask(vector));
        assertErrno(Errno.EINVAL, () -> vectors.unmask(vector));
        model.raise(vector);
    }

    @Test
    void bind_twice_isBusy_andKeepsTheFirst() {
        InterruptVectors vectors = inline();
        vectors.bind(1, handled::incrementAndGet);
        assertErrno(Errno.EBUSY, () -> vectors.bind(1, () -> {})).contains("vector 1");
        model.raise(1);
        assertThat(handled).hasValue(1);
    }

    @Test
    void bind_unmasks_andDeliversWhatWasRaisedBefore() {
        InterruptVectors vectors = inline();
        model.raise(2);
        vectors.bind(2, handled::incrementAndGet);
        assertThat(handled).hasValue(1);
        assertThat(model.masked).containsExactly(true, true, false, true);
    }

    @Test
    void mask_keepsAnInterruptPending_untilUnmask() {
        InterruptVectors vectors = inline();
        vectors.bind(0, handled::incrementAndGet);
        vectors.mask(0);
        model.raise(0);
        model.raise(0);
        assertThat(handled).hasValue(0);
        vectors.unmask(0);
        assertThat(handled).hasValue(1);
    }

    @Test
    void unmask_withoutHandler_doesNothing() {
        InterruptVectors vectors = inline();
        vectors.unmask(0);
        assertThat(model.masked[0]).isTrue();
    }

    @Test
    void raise_beforeTheHandlerBegan_isDeliveredOnce() {
        function.allocateVectors(1, 1, dispatched::add).bind(0, handled::incrementAndGet);
        model.raise(0);
        model.raise(0);
        assertThat(dispatched).hasSize(1);
        dispatched.remove().run();
        assertThat(handled).hasValue(1);
        model.raise(0);
        assertThat(dispatched).hasSize(1);
    }

    @Test
    void raise_whileTheHandlerRuns_runsItOnceMore_notNested() {
        InterruptVectors vectors = inline();
        List<String> order = new ArrayList<>();
        vectors.bind(0, () -> {
            order.add("begin");
            if (handled.incrementAndGet() < 3) {
                model.raise(0);
                model.raise(0);
            }
            order.add("end");
        });
        model.raise(0);
        assertThat(order).containsExactly("begin", "end", "begin", "end", "begin", "end");
    }

    @Test
    void handlerThatThrows_harmsNeitherTheRaiserNorTheVector() {
        inline().bind(0, () -> {
            handled.incrementAndGet();
            throw new IllegalStateException("a defect of the handler");
        });
        model.raise(0);
        model.raise(0);
        assertThat(handled).hasValue(2);
    }

    @Test
    void errorOfAHandler_reachesTheRaiser_butTheVectorGoesOn() {
        inline().bind(0, () -> {
            handled.incrementAndGet();
            throw new AssertionError();
        });
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> model.raise(0));
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> model.raise(0));
        assertThat(handled).hasValue(2);
    }

    @Test
    void dispatcherThatRefuses_losesTheInterrupt_butNotTheNext() {
        AtomicBoolean open = new AtomicBoolean();
        Executor moody = task -> {
            if (!open.get()) {
                throw new RejectedExecutionException();
            }
            task.run();
        };
        function.allocateVectors(1, 1, moody).bind(0, handled::incrementAndGet);
        model.raise(0);
        open.set(true);
        model.raise(0);
        assertThat(handled).hasValue(1);
    }

    @Test
    void unbind_masks_andDropsWhatIsQueued_evenForTheNextHandler() {
        InterruptVectors vectors = function.allocateVectors(1, 1, dispatched::add);
        vectors.bind(0, handled::incrementAndGet);
        model.raise(0);
        vectors.unbind(0);
        vectors.unbind(0);
        assertThat(model.masked[0]).isTrue();
        vectors.bind(0, () -> handled.addAndGet(100));
        dispatched.remove().run();
        assertThat(handled).hasValue(0);
        model.raise(0);
        dispatched.remove().run();
        assertThat(handled).hasValue(100);
    }

    @Test
    void unbind_fromTheHandlerItself_returns() {
        InterruptVectors vectors = inline();
        vectors.bind(0, () -> {
            handled.incrementAndGet();
            vectors.unbind(0);
            model.raise(0);
        });
        model.raise(0);
        assertThat(handled).hasValue(1);
    }

    @Test
    void unbind_waitsForTheHandlerThatRuns() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            InterruptVectors vectors = function.allocateVectors(1, 1, threads);
            vectors.bind(0, () -> {
                running.countDown();
                awaitQuietly(go);
                finished.set(true);
            });
            model.raise(0);
            running.await();
            Future<Boolean> finishedAtReturn = threads.submit(() -> {
                vectors.unbind(0);
                return finished.get();
            });
            while (!model.masked[0]) {
                Thread.onSpinWait(); // it has begun
            }
            go.countDown();
            assertThat(finishedAtReturn.get()).isTrue();
        }
    }

    /** Two threads raise without pause; after each unbind the handler's own counter must stand still. Bounded by rounds. */
    @Test
    void unbind_againstRaisersInRealThreads_isFinal_andHandlersNeverOverlap() throws Exception {
        int raisers = 2;
        int rounds = 300;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        CyclicBarrier begin = new CyclicBarrier(raisers + 1);
        InterruptVectors vectors = inline();
        try (ExecutorService threads = Executors.newFixedThreadPool(raisers)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < raisers; i++) {
                running.add(threads.submit(() -> {
                    begin.await();
                    while (!stop.get()) {
                        model.raise(0);
                    }
                    return null;
                }));
            }
            begin.await();
            for (int round = 0; round < rounds; round++) {
                AtomicBoolean ended = new AtomicBoolean();
                AtomicInteger runs = new AtomicInteger();
                vectors.bind(0, () -> {
                    overlaps.addAndGet(inside.getAndIncrement());
                    assertThat(ended).isFalse();
                    runs.incrementAndGet();
                    inside.decrementAndGet();
                });
                while (runs.get() == 0 && running.stream().noneMatch(Future::isDone)) {
                    Thread.onSpinWait();
                }
                vectors.unbind(0);
                ended.set(true);
            }
            stop.set(true);
            for (Future<?> raiser : running) {
                raiser.get();
            }
        } finally {
            stop.set(true);
        }
        assertThat(overlaps).hasValue(0);
    }

    @Test
    void close_unbinds_isIdempotent_andTheVectorsTakeNothingMore() {
        InterruptVectors vectors = inline();
        vectors.bind(0, handled::incrementAndGet);
        vectors.close();
        vectors.close();
        assertThat(ledger.outstanding()).isEmpty();
        assertErrno(Errno.ENODEV, () -> vectors.bind(0, () -> {})).contains("vector 0");

        inline().bind(0, handled::incrementAndGet);
        vectors.mask(0);
        vectors.unmask(0);
        vectors.unbind(0);
        model.raise(0);
        assertThat(handled).as("what the old owner does no longer matters").hasValue(1);
    }

    @Test
    void interruptsOfARemovedFunction_areDropped() {
        inline().bind(0, handled::incrementAndGet);
        function.remove();
        model.raise(0);
        assertThat(handled).hasValue(0);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
