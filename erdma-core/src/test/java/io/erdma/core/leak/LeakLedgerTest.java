package io.erdma.core.leak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeakLedgerTest {
    private final LeakLedger ledger = new LeakLedger();

    @Test
    void ledger_countsEachResourceByItself_andShowsWhatIsNotZero() {
        assertThat(ledger).hasToString("nothing held");
        ledger.add(Resource.DMA_BYTES, 100);
        ledger.add(Resource.DMA_BYTES, -40);
        ledger.add(Resource.TIMER, 1);
        ledger.add(Resource.TIMER, -1);
        ledger.add(Resource.ARENA, -1);
        assertThat(ledger.held(Resource.DMA_BYTES)).isEqualTo(60);
        assertThat(ledger.outstanding()).hasSize(2).containsEntry(Resource.DMA_BYTES, 60L)
                .containsEntry(Resource.ARENA, -1L);
        assertThat(ledger).hasToString("held: {DMA_BYTES=60, ARENA=-1}");
    }
}
