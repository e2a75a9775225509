package io.erdma.core.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.erdma.core.errno.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
    private static final FaultAction DROP = new FaultAction.Drop();
    private static final FaultAction FAIL = new FaultAction.Fail(Errno.EIO);

    private final FaultPlan plan = new FaultPlan();

    private List<FaultAction> visits(FaultPoint point, long detail, int count) {
        List<FaultAction> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(plan.at(point, detail));
        }
        return all;
    }

    @Test
    void emptyPlan_strikesNowhere() {
        for (FaultPoint point : FaultPoint.values()) {
            assertThat(plan.at(point, 1)).isSameAs(FaultAction.NONE);
        }
    }

    @Test
    void once_strikesTheNextVisit_ofItsPointAndDetail_only() {
        plan.once(FaultPoint.DEVICE_DOORBELL, 7, DROP);
        assertThat(plan.at(FaultPoint.DEVICE_COMMAND, 7)).isSameAs(FaultAction.NONE);
        assertThat(plan.at(FaultPoint.DEVICE_DOORBELL, 8)).isSameAs(FaultAction.NONE);
        assertThat(visits(FaultPoint.DEVICE_DOORBELL, 7, 2)).containsExactly(DROP, FaultAction.NONE);
    }

    @Test
    void anyDetail_matchesAll() {
        plan.always(FaultPoint.DEVICE_DOORBELL, FaultPlan.ANY, DROP);
        assertThat(plan.at(FaultPoint.DEVICE_DOORBELL, 0)).isSameAs(DROP);
        assertThat(plan.at(FaultPoint.DEVICE_DOORBELL, -5)).isSameAs(DROP);
    }

    @Test
    void skipAndTimes_countMatchingVisits() {
        plan.add(FaultPoint.HAL_ALLOCATE, 4096, 2, 3, FAIL);
        plan.at(FaultPoint.HAL_ALLOCATE, 1);
        assertThat(visits(FaultPoint.HAL_ALLOCATE, 4096, 7)).containsExactly(FaultAction.NONE, FaultAction.NONE, FAIL,
                FAIL, FAIL, FaultAction.NONE, FaultAction.NONE);
    }

    @Test
    void firstRuleThatStrikes_decides_andTheOthersStayUnused() {
        plan.once(FaultPoint.HAL_MAP, FaultPlan.ANY, FAIL);
        plan.once(FaultPoint.HAL_MAP, FaultPlan.ANY, DROP);
        assertThat(visits(FaultPoint.HAL_MAP, 1, 3)).containsExactly(FAIL, DROP, FaultAction.NONE);
    }

    @Test
    void release_endsAllFaults_andIsToldEachTime() {
        AtomicInteger told = new AtomicInteger();
        plan.onRelease(told::incrementAndGet);
        plan.always(FaultPoint.DEVICE_ENGINE, FaultPlan.ANY, new FaultAction.Hold());
        plan.release();
        assertThat(plan.at(FaultPoint.DEVICE_ENGINE, 1)).isSameAs(FaultAction.NONE);
        plan.release();
        assertThat(told).hasValue(2);
        plan.once(FaultPoint.DEVICE_ENGINE, 1, DROP);
        assertThat(plan.at(FaultPoint.DEVICE_ENGINE, 1)).isSameAs(DROP);
    }

    @Test
    void badRulesAndActions_areErrors() {
        assertThatIllegalArgumentException().isThrownBy(() -> plan.add(FaultPoint.HAL_MAP, 1, -1, 1, DROP));
        assertThatIllegalArgumentException().isThrownBy(() -> plan.add(FaultPoint.HAL_MAP, 1, 0, 0, DROP));
        assertThatIllegalArgumentException().isThrownBy(() -> new FaultAction.Syndrome(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new FaultAction.Syndrome(256));
        assertThatIllegalArgumentException().isThrownBy(() -> new FaultAction.Delay(-1));
        assertThat(plan.at(FaultPoint.HAL_MAP, 1)).isSameAs(FaultAction.NONE);
    }

    @Test
    void severalThreads_useARuleUpExactly() throws Exception {
        int strikes = 1000;
        plan.add(FaultPoint.DEVICE_COMMAND, FaultPlan.ANY, 0, strikes, DROP);
        AtomicInteger struck = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < strikes; n++) {
                    if (plan.at(FaultPoint.DEVICE_COMMAND, n) == DROP) {
                        struck.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(struck).hasValue(strikes);
    }
}
