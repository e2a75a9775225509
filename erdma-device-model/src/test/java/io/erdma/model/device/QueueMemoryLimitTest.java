package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Mtt;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyQp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Queues cost this process the more, the more pieces they lie in; the pieces may all be the same page of the guest. */
class QueueMemoryLimitTest {
    private static final int LOG2_DEPTH = 20;
    private static final int PAGES = 8192;
    private static final int QP_PAGES = 256;
    private static final int FIRST = 100;

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

    @BeforeEach
    void fillTable() {
        for (int i = 0; i < PAGES; i++) {
            Mtt.setEntry(host.all(), HostMemoryArea.at(table), i, page);
        }
    }

    private int fill() {
        int made = 0;
        while (create(FIRST + made) == 0) {
            made++;
        }
        return made;
    }

    @Test
    void queuesOfOneFunction_lieInNoMoreThan512KiPieces() {
        int made = fill();
        assertThat(made).isEqualTo((512 << 10) / PAGES - 1); // each might begin within a page, and so have a piece more
        assertThat(host.command(CommandOpcode.DESTROY_CQ, (slot, offset) -> DestroyCq.setCqn(slot, offset, FIRST)))
                .isZero();
        assertThat(create(FIRST)).isZero();
        assertThat(create(FIRST + made)).isNotZero();
        assertThat(host.createCq(new TestCq(host, 99, 4), 1)).as("a small one").isZero();
    }

    @Test
    void bothQueuesOfAQp_count_untilItIsDestroyed() {
        int _ = fill();
        TestCq cq = new TestCq(host, 99, 4);
        assertThat(host.createCq(cq, 1)).isZero();
        int made = 0;
        while (createQp(cq, 10 + made) == 0) {
            made++;
        }
        assertThat(made).isEqualTo(PAGES / (2 * QP_PAGES));
        assertThat(host.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, 10)))
                .isZero();
        assertThat(createQp(cq, 10)).isZero();
        assertThat(createQp(cq, 10 + made)).isNotZero();
    }

    /** Two queues of 1 MiB. */
    private int createQp(TestCq cq, int qpn) {
        return host.createQp(new TestQp(host, qpn, cq, cq, 4, 4), (slot, offset) -> {
            CreateQp.setLog2SqDepth(slot, offset, 15);
            CreateQp.setLog2RqDepth(slot, offset, 15);
            CreateQp.setSqPageShift(slot, offset, 12);
            CreateQp.setRqPageShift(slot, offset, 12);
            CreateQp.setSqMttLevel(slot, offset, 1);
            CreateQp.setRqMttLevel(slot, offset, 1);
            CreateQp.setSqMttEntries(slot, offset, QP_PAGES);
            CreateQp.setRqMttEntries(slot, offset, QP_PAGES);
            CreateQp.setSqBufferAddress(slot, offset, table);
            CreateQp.setRqBufferAddress(slot, offset, table);
        });
    }
}
