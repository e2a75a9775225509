package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Mtt;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DestroyCq;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Queues cost this process the more, the more pieces they lie in; the pieces may all be the same page of the guest. */
class QueueMemoryLimitTest {
    private static final int LOG2_DEPTH = 20;
    private static final int PAGES = 8192;

    private final TestCard card = new TestCard();
    private final TestHost host = card.host();
    private final long page = host.memory.take(4096, 4096);
    private final long table = host.memory.take(8L * PAGES, 4096);

    @AfterEach
    void close() {
        card.close();
    }

    private int create(int cqn) {
        return host.createCq(new TestCq(host, cqn, 4), 1, (slot, offset) -> {
            CreateCq.setLog2Depth(slot, offset, LOG2_DEPTH);
            CreateCq.setPageShift(slot, offset, 12);
            CreateCq.setMttLevel(slot, offset, 1);
            CreateCq.setMttEntries(slot, offset, PAGES);
            CreateCq.setBufferAddress(slot, offset, table);
        });
    }

    @Test
    void queuesOfOneFunction_lieInNoMoreThan512KiPieces() {
        for (int i = 0; i < PAGES; i++) {
            Mtt.setEntry(host.all(), HostMemoryArea.at(table), i, page);
        }
        int made = 0;
        while (create(100 + made) == 0) {
            made++;
        }
        assertThat(made).isEqualTo((512 << 10) / PAGES - 1); // each might begin within a page, and so have a piece more
        assertThat(host.command(CommandOpcode.DESTROY_CQ, (slot, offset) -> DestroyCq.setCqn(slot, offset, 100)))
                .isZero();
        assertThat(create(100)).isZero();
        assertThat(create(100 + made)).isNotZero();
        assertThat(host.createCq(new TestCq(host, 99, 4), 1)).as("a small one").isZero();
    }
}
