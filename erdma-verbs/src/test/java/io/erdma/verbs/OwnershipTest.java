package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OwnershipTest {
    private static final int ROUNDS = 2000;

    private final AtomicInteger freed = new AtomicInteger();

    private Ownership ownership(boolean singleThreaded) {
        return new Ownership(singleThreaded, freed::incrementAndGet);
    }

    @Test
    void theLastOneWhoLetsGo_frees() {
        Ownership ownership = ownership(false);
        assertThat(ownership.tryAcquire()).isTrue();
        assertThat(ownership.destroy()).isTrue();
        assertThat(ownership.destroy()).isFalse();

        ownership.ownerClosed();
        ownership.ownerClosed();
        assertThat(freed).hasValue(0);
        ownership.release();

        assertThat(freed).hasValue(1);
        assertThat(ownership.tryAcquire()).isFalse();
    }

    @Test
    void aDataPathCall_ofADestroyedObject_isTurnedAway_thoughItIsStillHeld() {
        Ownership ownership = ownership(false);
        ownership.tryAcquire();
        ownership.destroy();
        ownership.removed();

        assertThat(ownership.enter()).isFalse();
        assertThat(freed).hasValue(0);
        ownership.release();
        assertThat(freed).hasValue(1);
    }

    @Test
    void removal_ofAnObjectUsedAlone_leavesItsMemoryToTheOwner() {
        Ownership ownership = ownership(true);
        assertThat(ownership.enter()).isTrue();

        ownership.destroy();
        ownership.removed();
        ownership.leave();

        assertThat(ownership.enter()).isFalse();
        assertThat(freed).hasValue(0);
        ownership.ownerClosed();
        assertThat(freed).hasValue(1);
    }

    @Test
    void memory_isNeverFreedUnderARunningCall_andAlwaysOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            AtomicReference<Boolean> memory = new AtomicReference<>(true);
            AtomicInteger frees = new AtomicInteger();
            Ownership ownership = new Ownership(false, () -> {
                memory.set(false);
                frees.incrementAndGet();
            });
            CyclicBarrier start = new CyclicBarrier(3);
            List<FutureTask<Boolean>> callers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                FutureTask<Boolean> caller = new FutureTask<>(() -> {
                    start.await();
                    boolean sound = true;
                    for (int call = 0; call < 20 && ownership.enter(); call++) {
                        sound &= memory.get();
                        ownership.leave();
                    }
                    return sound;
                });
                callers.add(caller);
                Thread.ofVirtual().start(caller);
            }
            start.await();
            ownership.destroy();
            ownership.removed();
            ownership.ownerClosed();
            for (FutureTask<Boolean> caller : callers) {
                assertThat(caller.get()).isTrue();
            }
            assertThat(frees).hasValue(1);
        }
    }

    @Test
    void useCount_refusesToCloseWhileUsed_andToBeUsedOnceClosed() {
        UseCount count = new UseCount();
        count.enter("it");
        assertRefused(Errno.EBUSY, () -> count.close("it"));
        assertThat(count.count()).isEqualTo(1);
        count.leave();

        assertThat(count.close("it")).isTrue();
        assertThat(count.close("it")).isFalse();
        assertRefused(Errno.EINVAL, () -> count.enter("it"));
        assertThat(count.count()).isZero();
    }

    @Test
    void useCount_closedAnyway_letsItsUsersLeaveLater() {
        UseCount count = new UseCount();
        count.enter("it");

        assertThat(count.closeAnyway()).isTrue();
        assertThat(count.closeAnyway()).isFalse();
        count.leave();

        assertThat(count.close("it")).isFalse();
        assertRefused(Errno.EINVAL, () -> count.enter("it"));
    }

    @Test
    void releases_runInReverse_andOnce() {
        List<Integer> ran = new ArrayList<>();
        Releases releases = new Releases();
        releases.add(() -> ran.add(1));
        releases.add(() -> ran.add(2));

        releases.close();
        releases.close();

        assertThat(ran).containsExactly(2, 1);
    }
}
