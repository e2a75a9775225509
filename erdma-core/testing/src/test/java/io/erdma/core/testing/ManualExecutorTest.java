package io.erdma.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualExecutorTest {
    private final ManualExecutor executor = new ManualExecutor();
    private final List<String> ran = new ArrayList<>();

    @Test
    void tasks_waitUntilTheyAreRun_inOrder_withThoseTheyAdd() {
        executor.execute(() -> {
            ran.add("one");
            executor.execute(() -> ran.add("three"));
        });
        executor.execute(() -> ran.add("two"));
        assertThat(executor.pending()).isEqualTo(2);
        assertThat(executor.runOne()).isTrue();
        assertThat(ran).containsExactly("one");
        assertThat(executor.runAll()).isEqualTo(2);
        assertThat(ran).containsExactly("one", "two", "three");
        assertThat(executor.runOne()).isFalse();
        assertThat(executor.runAll()).isZero();
    }

    @Test
    void taskThatThrows_tellsTheRunner_andLeavesTheRest() {
        executor.execute(() -> {
            throw new IllegalStateException("planned");
        });
        executor.execute(() -> ran.add("after"));
        assertThatIllegalStateException().isThrownBy(executor::runAll);
        executor.runAll();
        assertThat(ran).containsExactly("after");
    }
}
