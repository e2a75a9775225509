package io.erdma.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That benchmarks work at all; how fast is theirs to say. Each throws if a completion is missing or is no success. */
class BenchmarksTest {
    @Test
    void smallMessages_areAllCompleted() {
        SmallMessages messages = new SmallMessages();
        for (int i = 0; i < 1000; i++) {
            messages.write();
            messages.writeOf32();
            messages.sendOf32();
        }
        messages.close();
    }

    @Test
    void largeTransfers_areAllCompleted() {
        LargeTransfers transfers = new LargeTransfers();
        transfers.make();
        transfers.write();
        transfers.read();
        transfers.copy();
        transfers.close();
    }

    @Test
    void bringUp_endsWithADeviceThatWorks() {
        assertThat(new BringUp().cardToFirstVerb()).isNotNegative();
    }

    @Test
    void pingPong_ends() {
        PingPong result = PingPong.measure(100);
        assertThat(result.nanos50()).isPositive().isLessThanOrEqualTo(result.nanos99());
    }

    @Test
    void manyConnections_areMade_used_andClosed() {
        ManyConnections result = ManyConnections.measure(1000);
        assertThat(result.perSecond()).hasSize(10).allSatisfy(rate -> assertThat(rate).isPositive());
        assertThat(result.nanosOfAll()).isPositive();
    }

    @Test
    void figure_saysWhetherItsGoalIsMet() {
        assertThat(Figure.atLeast(25, "rate", 25, "M/s").row()).isEqualTo("| rate | 25.0 M/s | ≥ 25.0, met |");
        assertThat(Figure.atMost(2, "cost", 2.01, "times").row())
                .isEqualTo("| cost | 2.01 times | ≤ 2.00, **not met** |");
        assertThat(Figure.of("heap", 8192, "B").row()).isEqualTo("| heap | 8,192 B |  |");
    }
}
