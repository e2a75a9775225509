package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.WcStatus;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsPd;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Many threads at once: unit/threaded_test.cc. */
class ThreadedRowsTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 10;
    private static final QpCapabilities SMALL = new QpCapabilities(4, 4, 1, 1, 0);

    /** Runs it in each thread, until all are done; none may fail. */
    private static void inThreads(int threads, Runnable action) throws InterruptedException {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> all = IntStream.range(0, threads).mapToObj(_ -> {
            Thread thread = Thread.ofPlatform().unstarted(action);
            thread.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
            return thread;
        }).toList();
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    private static void close(AutoCloseable object) {
        try {
            object.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void makeAndDestroy(Supplier<AutoCloseable> maker) throws InterruptedException {
        inThreads(THREADS, () -> {
            for (int i = 0; i < ROUNDS; i++) {
                close(maker.get());
            }
        });
    }

    private static void make(Supplier<AutoCloseable> maker) throws InterruptedException {
        Queue<AutoCloseable> made = new ConcurrentLinkedQueue<>();
        inThreads(THREADS, () -> {
            for (int i = 0; i < ROUNDS; i++) {
                made.add(maker.get());
            }
        });
        assertThat(made).hasSize(THREADS * ROUNDS);
        made.forEach(ThreadedRowsTest::close);
    }

    private static Supplier<AutoCloseable> mrs(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        MemorySegment memory = lab.memory(64).segment();
        return () -> pd.regMr(memory, Access.LOCAL_WRITE);
    }

    private static Supplier<AutoCloseable> qps(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        VerbsCq cq = verbs.createCq(64);
        return () -> pd.createQp(QpSpec.of(cq).withSizes(SMALL));
    }

    @Row(value = "ThreadedTest.CreateDestroyCq", asserts = STATE)
    void cqs_comeAndGo(Lab lab) throws InterruptedException {
        Verbs verbs = lab.open();
        makeAndDestroy(() -> verbs.createCq(16));
        assertThat(AliceDevice.objects(lab).completionQueues()).isEmpty();
    }

    @Row(value = "ThreadedTest.AllocDeallocPd", asserts = STATE)
    void pds_comeAndGo(Lab lab) throws InterruptedException {
        makeAndDestroy(lab.open()::allocPd);
        assertThat(AliceDevice.objects(lab).protectionDomains()).isEmpty();
    }

    @Row(value = "ThreadedTest.RegDeregMr", asserts = STATE)
    void mrs_comeAndGo(Lab lab) throws InterruptedException {
        makeAndDestroy(mrs(lab));
        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
    }

    @Row(value = "ThreadedTest.CreateDestroyQp", asserts = STATE)
    void qps_comeAndGo(Lab lab) throws InterruptedException {
        makeAndDestroy(qps(lab));
        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
    }

    @Row(value = "ThreadedTest.CreateCq", asserts = STATE)
    void cqs_areMadeAtOnce(Lab lab) throws InterruptedException {
        Verbs verbs = lab.open();
        make(() -> verbs.createCq(16));
        assertThat(AliceDevice.objects(lab).completionQueues()).isEmpty();
    }

    @Row(value = "ThreadedTest.AllocPd", asserts = STATE)
    void pds_areMadeAtOnce(Lab lab) throws InterruptedException {
        make(lab.open()::allocPd);
        assertThat(AliceDevice.objects(lab).protectionDomains()).isEmpty();
    }

    @Row(value = "ThreadedTest.RegMr", asserts = STATE)
    void mrs_areMadeAtOnce(Lab lab) throws InterruptedException {
        make(mrs(lab));
        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
    }

    @Row(value = "ThreadedTest.CreateQp", asserts = STATE)
    void qps_areMadeAtOnce(Lab lab) throws InterruptedException {
        make(qps(lab));
        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
    }

    private static Pair smallPair(Lab lab) {
        return lab.pair(usual -> usual.withBytes(4096).withSizes(SMALL).withCqEntries(64));
    }

    @Row(value = "ThreadedWorkloadTest.QpLifecycle", asserts = { BYTES, STATUS, STATE })
    void qps_areMade_connected_used_andDestroyed_inManyThreads(Lab lab) throws InterruptedException {
        inThreads(4, () -> {
            for (int round = 1; round <= 3; round++) {
                Pair pair = smallPair(lab);
                End left = pair.left();
                pair.right().memory.fill(0, 64, round);
                left.post(left.read(0, 64, pair.right(), 0));
                left.awaitOk();
                assertThat(left.memory.bytes(0, 64)).isEqualTo(pair.right().memory.bytes(0, 64));
                left.qp.close();
                pair.right().qp.close();
            }
        });
        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
    }

    /** Reads until a read fails, or it is told to stop. */
    private static void read(Pair pair, AtomicBoolean stop, Queue<WcStatus> ends) {
        End left = pair.left();
        WcStatus status = WcStatus.SUCCESS;
        while (status == WcStatus.SUCCESS && !stop.get()) {
            left.post(left.read(0, 64, pair.right(), 64));
            status = left.await().status;
        }
        ends.add(status);
    }

    @Row(value = "ThreadedWorkloadTest.QpDestroyTargetWhileActive", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void targets_areDestroyedUnderLoad_andOthersWorkOn(Lab lab) throws InterruptedException {
        Pair canary = smallPair(lab);
        canary.right().memory.fill(64, 64, 9);
        AtomicBoolean stop = new AtomicBoolean();
        Queue<WcStatus> canaryEnds = new ConcurrentLinkedQueue<>();
        Thread sings = Thread.ofPlatform().start(() -> read(canary, stop, canaryEnds));

        List<Pair> victims = IntStream.range(0, 4).mapToObj(_ -> smallPair(lab)).toList();
        Queue<Pair> waiting = new ConcurrentLinkedQueue<>(victims);
        waiting.addAll(victims);
        Set<Pair> reading = ConcurrentHashMap.newKeySet();
        Queue<WcStatus> ends = new ConcurrentLinkedQueue<>();
        inThreads(2 * victims.size(), () -> {
            Pair victim = waiting.remove();
            if (reading.add(victim)) {
                victim.right().memory.fill(64, 64, 3);
                read(victim, stop, ends);
            } else {
                try {
                    Await.until("it works", () -> victim.left().memory.getLong(0) != 0);
                } finally {
                    victim.right().qp.close();
                }
            }
        });
        stop.set(true);
        sings.join();

        assertThat(ends).hasSize(victims.size()).allMatch(end -> end == WcStatus.RETRY_EXC_ERR
                || end == WcStatus.WR_FLUSH_ERR);
        assertThat(canaryEnds).containsExactly(WcStatus.SUCCESS);
        assertThat(canary.left().memory.bytes(0, 64)).isEqualTo(canary.right().memory.bytes(64, 64));
        assertThat(canary.left().qp.state()).isEqualTo(QpState.RTS);
        canary.assertWorks();
    }
}
