package io.erdma.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmallMessagesTest {
    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void figuresAreMeasured_inBothExecutions(int engineThreads) {
        SmallMessages figures = SmallMessages.measure(engineThreads, 20, 20);

        assertThat(figures.writesPerSecond()).isPositive();
        assertThat(figures.latencyNanos50()).isPositive();
        assertThat(figures.latencyNanos99()).isGreaterThanOrEqualTo(figures.latencyNanos50());
    }
}
