package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyEq;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.FreeDb;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.hw.cmd.StatsBlock;
import io.erdma.model.spec.FunctionSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands about queues and about the function itself, each field at its limit and beyond it. What is refused leaves nothing behind. */
class QueueLimitsTest {
    private static final long PAGE = 4096;
    private static final long END = HostMemoryArea.BASE + TestHost.MEMORY_BYTES;
    private static final int QPN = 20;
    private static final int CQN = 30;
    private static final int EQN = 3;
    private static final FunctionSpec SPEC = FunctionSpec.builder().maxCqeLog2(10).maxReceiveWrLog2(9)
            .extendedDoorbells(true).build();

    private final TestCard card = new TestCard();
    private final TestHost host = card.host(SPEC);
    private final TestCq cq = host.cq(4);
    private final TestQp qp = new TestQp(host, QPN, cq, cq, 7, 5);
    private final TestCq newCq = new TestCq(host, CQN, 4);
    private final TestHost.TestEvents newEvents = host.events(Registers.ceqDoorbell(EQN));
    private final long megabyte = host.memory.take(1 << 20, PAGE);

    @AfterEach
    void close() {
        card.close();
    }

    private void qpTaken(CommandBody change) {
        assertThat(host.createQp(qp, change)).isZero();
        assertThat(destroyQp(QPN)).isZero();
    }

    private void qpRefused(CommandBody change) {
        assertThat(host.createQp(qp, change)).isNotZero();
        assertThat(destroyQp(QPN)).isNotZero();
    }

    private int destroyQp(int qpn) {
        return host.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, qpn));
    }

    private void cqTaken(CommandBody change) {
        assertThat(host.createCq(newCq, 1, change)).isZero();
        assertThat(destroyCq(CQN)).isZero();
    }

    private void cqRefused(CommandBody change) {
        assertThat(host.createCq(newCq, 1, change)).isNotZero();
        assertThat(destroyCq(CQN)).isNotZero();
    }

    private int destroyCq(int cqn) {
        return host.command(CommandOpcode.DESTROY_CQ, (slot, offset) -> DestroyCq.setCqn(slot, offset, cqn));
    }

    private void eqTaken(CommandBody change) {
        assertThat(host.createEq(EQN, newEvents, change)).isZero();
        assertThat(host.destroyEq(EQN)).isZero();
    }

    private void eqRefused(CommandBody change) {
        assertThat(host.createEq(EQN, newEvents, change)).isNotZero();
        assertThat(host.destroyEq(EQN)).isNotZero();
    }

    private long table(long... pages) {
        long table = host.memory.take(8L * pages.length, 8);
        for (int i = 0; i < pages.length; i++) {
            Mtt.setEntry(host.all(), HostMemoryArea.at(table), i, pages[i]);
        }
        return table;
    }

    @Test
    void qpNumbers_arePositive_free_andBelowTheSpecs() {
        qpTaken((slot, offset) -> {});
        int end = SPEC.maxQps();
        assertThat(host.createQp(qp, (slot, offset) -> CreateQp.setQpn(slot, offset, end - 1))).isZero();
        assertThat(host.createQp(qp, (slot, offset) -> CreateQp.setQpn(slot, offset, end - 1))).isNotZero();
        assertThat(destroyQp(end - 1)).isZero();
        assertThat(host.createQp(qp, (slot, offset) -> CreateQp.setQpn(slot, offset, end))).isNotZero();
        assertThat(host.createQp(qp, (slot, offset) -> CreateQp.setQpn(slot, offset, 0))).isNotZero();
    }

    @Test
    void qp_isOfAPdAndOfTwoQueuesThatThereAre() {
        qpTaken((slot, offset) -> CreateQp.setPd(slot, offset, Limits.PDS - 1));
        qpRefused((slot, offset) -> CreateQp.setPd(slot, offset, Limits.PDS));
        qpRefused((slot, offset) -> CreateQp.setSqCqn(slot, offset, CQN));
        qpRefused((slot, offset) -> CreateQp.setRqCqn(slot, offset, CQN));
    }

    @Test
    void refusedQp_doesNotHoldItsQueues() {
        qpRefused((slot, offset) -> CreateQp.setRqCqn(slot, offset, CQN));
        assertThat(destroyCq(cq.cqn)).isZero();
    }

    @Test
    void eachSideOfAQp_holdsItsCompletionQueue() {
        assertThat(host.createCq(newCq, 1)).isZero();
        assertThat(host.createQp(qp, (slot, offset) -> CreateQp.setRqCqn(slot, offset, CQN))).isZero();
        assertThat(destroyCq(cq.cqn)).isNotZero();
        assertThat(destroyCq(CQN)).isNotZero();
        assertThat(destroyQp(QPN)).isZero();
        assertThat(destroyCq(cq.cqn)).isZero();
        assertThat(destroyCq(CQN)).isZero();
    }

    @Test
    void depthOfSends_isUpTo2To15() {
        CommandBody deepest = (slot, offset) -> {
            CreateQp.setLog2SqDepth(slot, offset, 15);
            CreateQp.setSqBufferAddress(slot, offset, megabyte);
        };
        qpTaken(deepest);
        qpRefused((slot, offset) -> {
            CreateQp.setLog2SqDepth(slot, offset, 16);
            CreateQp.setSqMttEntries(slot, offset, 2);
            CreateQp.setSqBufferAddress(slot, offset, HostMemoryArea.BASE);
            CreateQp.setSqMtt(slot, offset, 1, HostMemoryArea.BASE + (1 << 20));
        });
        qpRefused((slot, offset) -> {
            deepest.write(slot, offset);
            CreateQp.setSqPageOffset(slot, offset, PAGE); // one page is too little now
        });
    }

    @Test
    void depthOfReceives_isUpToTheSpecs() {
        CommandBody deepest = (slot, offset) -> {
            CreateQp.setLog2RqDepth(slot, offset, 9);
            CreateQp.setRqBufferAddress(slot, offset, megabyte);
        };
        qpTaken(deepest);
        qpRefused((slot, offset) -> {
            deepest.write(slot, offset);
            CreateQp.setLog2RqDepth(slot, offset, 10);
        });
    }

    @Test
    void sends_lieInUpToFourPagesOfTheCommand_orInATable() {
        CommandBody four = (slot, offset) -> {
            CreateQp.setLog2SqDepth(slot, offset, 9);
            CreateQp.setSqPageShift(slot, offset, 12);
            CreateQp.setSqMttEntries(slot, offset, CreateQp.INLINE_PAGES);
            CreateQp.setSqBufferAddress(slot, offset, megabyte);
            for (int i = 1; i < CreateQp.INLINE_PAGES; i++) {
                CreateQp.setSqMtt(slot, offset, i, megabyte + 2 * i * PAGE);
            }
        };
        qpTaken(four);
        qpRefused((slot, offset) -> {
            four.write(slot, offset);
            CreateQp.setSqMttEntries(slot, offset, 0);
        });
        qpRefused((slot, offset) -> {
            four.write(slot, offset);
            CreateQp.setSqMttEntries(slot, offset, CreateQp.INLINE_PAGES + 1);
        });
        qpRefused((slot, offset) -> {
            four.write(slot, offset);
            CreateQp.setSqMtt(slot, offset, 3, 0);
        });
        long table = table(megabyte, megabyte + 8 * PAGE, megabyte + 16 * PAGE, megabyte + 3 * PAGE);
        CommandBody indirect = (slot, offset) -> {
            CreateQp.setLog2SqDepth(slot, offset, 9);
            CreateQp.setSqPageShift(slot, offset, 12);
            CreateQp.setSqMttEntries(slot, offset, 4);
            CreateQp.setSqMttLevel(slot, offset, 1);
            CreateQp.setSqBufferAddress(slot, offset, table);
        };
        qpTaken(indirect);
        qpRefused((slot, offset) -> {
            indirect.write(slot, offset);
            CreateQp.setSqBufferAddress(slot, offset, table + 4);
        });
        qpRefused((slot, offset) -> {
            indirect.write(slot, offset);
            CreateQp.setSqMttEntries(slot, offset, 0);
        });
    }

    @Test
    void receives_lieInUpToFourPagesOfTheCommand_orInATable() {
        CommandBody four = (slot, offset) -> {
            CreateQp.setLog2RqDepth(slot, offset, 9);
            CreateQp.setRqPageShift(slot, offset, 12);
            CreateQp.setRqMttEntries(slot, offset, CreateQp.INLINE_PAGES);
            CreateQp.setRqBufferAddress(slot, offset, megabyte);
            for (int i = 1; i < CreateQp.INLINE_PAGES; i++) {
                CreateQp.setRqMtt(slot, offset, i, megabyte + 2 * i * PAGE);
            }
        };
        qpTaken(four);
        qpRefused((slot, offset) -> {
            four.write(slot, offset);
            CreateQp.setRqMtt(slot, offset, 3, 0);
        });
        long table = table(megabyte, megabyte + 8 * PAGE, megabyte + 16 * PAGE, megabyte + 3 * PAGE);
        qpTaken((slot, offset) -> {
            CreateQp.setLog2RqDepth(slot, offset, 9);
            CreateQp.setRqPageShift(slot, offset, 12);
            CreateQp.setRqMttEntries(slot, offset, 4);
            CreateQp.setRqMttLevel(slot, offset, 1);
            CreateQp.setRqBufferAddress(slot, offset, table);
        });
    }

    @Test
    void ringEntries_areAligned_andAllWithinReach() {
        qpRefused((slot, offset) -> CreateQp.setSqBufferAddress(slot, offset, qp.sends + 16));
        qpTaken((slot, offset) -> CreateQp.setSqBufferAddress(slot, offset, qp.sends + 32));
        qpTaken((slot, offset) -> CreateQp.setSqPageOffset(slot, offset, PAGE));
        qpTaken((slot, offset) -> CreateQp.setSqBufferAddress(slot, offset, END - 128 * 32));
        qpRefused((slot, offset) -> CreateQp.setSqBufferAddress(slot, offset, END - 127 * 32));
        qpRefused((slot, offset) -> CreateQp.setRqBufferAddress(slot, offset, END - 31 * 32));
        CommandBody twoPages = (slot, offset) -> {
            CreateQp.setSqPageShift(slot, offset, 12);
            CreateQp.setLog2SqDepth(slot, offset, 8);
            CreateQp.setSqMttEntries(slot, offset, 2);
            CreateQp.setSqBufferAddress(slot, offset, megabyte);
            CreateQp.setSqMtt(slot, offset, 1, megabyte + 4 * PAGE);
        };
        qpTaken(twoPages);
        qpRefused((slot, offset) -> {
            twoPages.write(slot, offset);
            CreateQp.setSqMtt(slot, offset, 1, megabyte + 4 * PAGE + 32);
        });
        qpRefused((slot, offset) -> {
            twoPages.write(slot, offset);
            CreateQp.setSqBufferAddress(slot, offset, megabyte + 32);
        });
        qpRefused((slot, offset) -> {
            twoPages.write(slot, offset);
            CreateQp.setSqMttEntries(slot, offset, 1);
        });
    }

    @Test
    void doorbellRecords_areAligned_andWithinReach() {
        qpTaken((slot, offset) -> CreateQp.setSqDoorbellRecord(slot, offset, END - 8));
        qpRefused((slot, offset) -> CreateQp.setSqDoorbellRecord(slot, offset, END));
        qpRefused((slot, offset) -> CreateQp.setSqDoorbellRecord(slot, offset, qp.sendRecord + 4));
        qpRefused((slot, offset) -> CreateQp.setRqDoorbellRecord(slot, offset, END));
        cqRefused((slot, offset) -> CreateCq.setDoorbellRecord(slot, offset, END));
        cqRefused((slot, offset) -> CreateCq.setDoorbellRecord(slot, offset, newCq.record + 4));
        eqRefused((slot, offset) -> CreateEq.setDoorbellRecord(slot, offset, END));
        eqRefused((slot, offset) -> CreateEq.setDoorbellRecord(slot, offset, newEvents.record() + 4));
    }

    @Test
    void queuesOfAContext_haveItsPages() {
        int[] own = allocatePages();
        int[] foreign = allocatePages();
        CommandBody bound = (slot, offset) -> {
            CreateQp.setExtendedDoorbell(slot, offset, true);
            CreateQp.setSqDoorbellPage(slot, offset, own[0]);
            CreateQp.setRqDoorbellPage(slot, offset, own[1]);
        };
        qpTaken(bound);
        qpRefused((slot, offset) -> {
            bound.write(slot, offset);
            CreateQp.setRqDoorbellPage(slot, offset, foreign[1]);
        });
        qpRefused((slot, offset) -> {
            bound.write(slot, offset);
            CreateQp.setSqDoorbellPage(slot, offset, 5 + foreign[0]);
        });
        CommandBody boundCq = (slot, offset) -> {
            CreateCq.setExtendedDoorbell(slot, offset, true);
            CreateCq.setDoorbellPage(slot, offset, own[2]);
        };
        cqTaken(boundCq);
        cqRefused((slot, offset) -> {
            boundCq.write(slot, offset);
            CreateCq.setDoorbellPage(slot, offset, 5 + foreign[0]);
        });

        assertThat(host.createQp(qp, bound)).isZero();
        assertThat(freePages(own)).isNotZero();
        assertThat(destroyQp(QPN)).isZero();
        assertThat(host.createCq(newCq, 1, boundCq)).isZero();
        assertThat(freePages(own)).isNotZero();
        assertThat(destroyCq(CQN)).isZero();
        assertThat(freePages(own[0], foreign[1], own[2])).isNotZero();
        assertThat(freePages(own[0], own[1], foreign[2])).isNotZero();
        assertThat(freePages(own)).isZero();
        assertThat(freePages(own)).isNotZero();
        assertThat(freePages(foreign)).isZero();
    }

    private int[] allocatePages() {
        assertThat(allocatePages(true, true, true)).isZero();
        return new int[]{ AllocDbResponse.sqPage(host.response), AllocDbResponse.rqPage(host.response),
            AllocDbResponse.cqPage(host.response) };
    }

    private int allocatePages(boolean send, boolean receive, boolean completion) {
        return host.command(CommandOpcode.ALLOC_DB, (slot, offset) -> {
            AllocDb.setSq(slot, offset, send);
            AllocDb.setRq(slot, offset, receive);
            AllocDb.setCq(slot, offset, completion);
        });
    }

    private int freePages(int... pages) {
        return host.command(CommandOpcode.FREE_DB, (slot, offset) -> {
            FreeDb.setSqPage(slot, offset, pages[0]);
            FreeDb.setRqPage(slot, offset, pages[1]);
            FreeDb.setCqPage(slot, offset, pages[2]);
        });
    }

    @Test
    void doorbellPages_comeByThree() {
        assertThat(allocatePages(false, true, true)).isNotZero();
        assertThat(allocatePages(true, false, true)).isNotZero();
        assertThat(allocatePages(true, true, false)).isNotZero();
    }

    @Test
    void withoutExtendedDoorbells_nobodyHasPages() {
        try (TestCard plain = new TestCard()) {
            TestHost old = plain.host(SPEC.toBuilder().extendedDoorbells(false).build());
            assertThat(old.command(CommandOpcode.ALLOC_DB, (slot, offset) -> {
                AllocDb.setSq(slot, offset, true);
                AllocDb.setRq(slot, offset, true);
                AllocDb.setCq(slot, offset, true);
            })).isNotZero();
            TestCq queue = old.cq(4);
            assertThat(old.createCq(new TestCq(old, CQN, 4), 1,
                    (slot, offset) -> CreateCq.setExtendedDoorbell(slot, offset, true))).isNotZero();
            assertThat(old.createQp(new TestQp(old, QPN, queue, queue, 4, 4),
                    (slot, offset) -> CreateQp.setExtendedDoorbell(slot, offset, true))).isNotZero();
        }
    }

    @Test
    void congestionControl_isOneOfFive() {
        assertThat(host.createQp(qp)).isZero();
        FourTuple flow = new FourTuple(host.ip, 1, host.ip, 2);
        assertThat(host.connect(qp, flow, (slot, offset) -> ModifyQp.setCongestionControl(slot, offset, 5)))
                .isNotZero();
        assertThat(host.connect(qp, flow, (slot, offset) -> ModifyQp.setCongestionControl(slot, offset, 4))).isZero();
    }

    @Test
    void reflush_takesIndicesThatTheRingsCanHave_inErrorOnly() {
        assertThat(host.createQp(qp)).isZero();
        assertThat(reflush(0, 0)).isNotZero();
        assertThat(host.modify(qp, IwarpQpState.ERROR)).isZero();
        assertThat(reflush(129, 0)).isNotZero();
        assertThat(reflush(0, 33)).isNotZero();
        assertThat(cq.poll()).isNull();
        qp.sendInline(0, (byte) 1).sendInline(0, (byte) 2);
        assertThat(reflush(qp.sendIndex, 0)).isZero();
        assertThat(cq.pollAll()).hasSize(2);
        assertThat(reflush(128, 32)).isZero();
    }

    private int reflush(int sent, int received) {
        return host.command(CommandOpcode.REFLUSH, (slot, offset) -> {
            Reflush.setQpn(slot, offset, QPN);
            Reflush.setSqProducerIndex(slot, offset, sent);
            Reflush.setRqProducerIndex(slot, offset, received);
        });
    }

    @Test
    void completionQueueNumbers_arePositive_free_andBelowTheSpecs() {
        cqTaken((slot, offset) -> {});
        int end = SPEC.maxCqs();
        assertThat(host.createCq(newCq, 1, (slot, offset) -> CreateCq.setCqn(slot, offset, end - 1))).isZero();
        assertThat(host.createCq(newCq, 1, (slot, offset) -> CreateCq.setCqn(slot, offset, end - 1))).isNotZero();
        assertThat(destroyCq(end - 1)).isZero();
        assertThat(host.createCq(newCq, 1, (slot, offset) -> CreateCq.setCqn(slot, offset, end))).isNotZero();
        assertThat(host.createCq(newCq, 1, (slot, offset) -> CreateCq.setCqn(slot, offset, 0))).isNotZero();
    }

    @Test
    void completionQueue_isUpToTheSpecsDepth_onAnEventQueueThatThereIs() {
        cqTaken((slot, offset) -> {
            CreateCq.setLog2Depth(slot, offset, 10);
            CreateCq.setBufferAddress(slot, offset, megabyte);
        });
        cqRefused((slot, offset) -> {
            CreateCq.setLog2Depth(slot, offset, 11);
            CreateCq.setBufferAddress(slot, offset, megabyte);
        });
        cqTaken((slot, offset) -> CreateCq.setEqn(slot, offset, 2));
        cqRefused((slot, offset) -> CreateCq.setEqn(slot, offset, EQN));
        cqRefused((slot, offset) -> CreateCq.setEqn(slot, offset, 0));
    }

    @Test
    void completionQueue_liesInOnePage_orInThoseOfATable() {
        long first = table(megabyte, megabyte + 4 * PAGE);
        cqRefused((slot, offset) -> CreateCq.setMttEntries(slot, offset, 2));
        cqRefused((slot, offset) -> CreateCq.setMttEntries(slot, offset, 0));
        CommandBody indirect = (slot, offset) -> {
            CreateCq.setLog2Depth(slot, offset, 8);
            CreateCq.setPageShift(slot, offset, 12);
            CreateCq.setMttLevel(slot, offset, 1);
            CreateCq.setMttEntries(slot, offset, 2);
            CreateCq.setBufferAddress(slot, offset, first);
        };
        cqTaken(indirect);
        cqRefused((slot, offset) -> {
            indirect.write(slot, offset);
            CreateCq.setMttEntries(slot, offset, 1);
        });
        cqRefused((slot, offset) -> {
            indirect.write(slot, offset);
            CreateCq.setPageOffset(slot, offset, PAGE);
        });
        cqRefused((slot, offset) -> CreateCq.setBufferAddress(slot, offset, newCq.ring + 16));
        cqRefused((slot, offset) -> CreateCq.setBufferAddress(slot, offset, END - 15 * 32));
        cqTaken((slot, offset) -> CreateCq.setBufferAddress(slot, offset, END - 16 * 32));
    }

    @Test
    void eventQueue_hasANumberAVectorADepthAndMemory() {
        eqTaken((slot, offset) -> {});
        assertThat(host.createEq(EQN, newEvents, (slot, offset) -> CreateEq.setEqn(slot, offset, 0))).isNotZero();
        assertThat(host.createEq(EQN, newEvents, (slot, offset) -> CreateEq.setEqn(slot, offset, Limits.MAX_EQN)))
                .isZero();
        assertThat(host.createEq(EQN, newEvents, (slot, offset) -> CreateEq.setEqn(slot, offset, Limits.MAX_EQN + 1)))
                .isNotZero();
        assertThat(host.destroyEq(Limits.MAX_EQN)).isZero();
        assertThat(host.destroyEq(Limits.MAX_EQN + 1)).isNotZero();
        assertThat(host.destroyEq(0)).isNotZero();
        eqTaken((slot, offset) -> CreateEq.setVector(slot, offset, SPEC.vectors() - 1));
        eqRefused((slot, offset) -> CreateEq.setVector(slot, offset, SPEC.vectors()));
        eqRefused((slot, offset) -> CreateEq.setType(slot, offset, CreateEq.TYPE_AEQ));
        CommandBody deepest = (slot, offset) -> {
            CreateEq.setLog2Depth(slot, offset, 15);
            CreateEq.setRingAddress(slot, offset, megabyte);
        };
        eqTaken(deepest);
        eqRefused((slot, offset) -> {
            deepest.write(slot, offset);
            CreateEq.setLog2Depth(slot, offset, 16);
        });
        eqRefused((slot, offset) -> CreateEq.setRingAddress(slot, offset, newEvents.ring() + 8));
        eqRefused((slot, offset) -> CreateEq.setRingAddress(slot, offset, END - 15 * 16));
        eqTaken((slot, offset) -> CreateEq.setRingAddress(slot, offset, END - 16 * 16));
        assertThat(host.destroyEq(EQN)).isNotZero();
    }

    @Test
    void statistics_goWhereThereIsAlignedRoom() {
        assertThat(statistics(END - StatsBlock.BYTES, StatsBlock.BYTES)).isZero();
        assertThat(statistics(END - StatsBlock.BYTES, StatsBlock.BYTES - 1)).isNotZero();
        assertThat(statistics(END - StatsBlock.BYTES + 8, StatsBlock.BYTES)).isNotZero();
        assertThat(statistics(END - StatsBlock.BYTES - 4, StatsBlock.BYTES)).isNotZero();
    }

    private int statistics(long address, int bytes) {
        return host.command(CommandOpcode.GET_STATS, (slot, offset) -> {
            GetStats.setTargetAddress(slot, offset, address);
            GetStats.setTargetLength(slot, offset, bytes);
        });
    }

    @Test
    void settings_areWithinTheirLimits() {
        for (int mtu : new int[]{ 68, 65_535 }) {
            assertThat(host.command(CommandOpcode.CONF_MTU, (slot, offset) -> ConfMtu.setMtu(slot, offset, mtu)))
                    .isZero();
        }
        for (int mtu : new int[]{ 67, 65_536 }) {
            assertThat(host.command(CommandOpcode.CONF_MTU, (slot, offset) -> ConfMtu.setMtu(slot, offset, mtu)))
                    .isNotZero();
        }
        assertThat(pageShift(true, 12)).isZero();
        assertThat(pageShift(true, 11)).isNotZero();
        assertThat(pageShift(false, 11)).isZero();
    }

    private int pageShift(boolean enabled, int shift) {
        return host.command(CommandOpcode.CONF_DEVICE, (slot, offset) -> {
            ConfDevice.setPageShiftEnable(slot, offset, enabled);
            ConfDevice.setPageShift(slot, offset, shift);
        });
    }

    @Test
    void destroyingWhatThereIsNot_isRefused() {
        assertThat(destroyQp(QPN)).isNotZero();
        assertThat(destroyCq(CQN)).isNotZero();
        assertThat(host.destroyEq(EQN)).isNotZero();
        assertThat(host.command(CommandOpcode.DESTROY_EQ, (slot, offset) -> DestroyEq.setEqn(slot, offset, EQN)))
                .isNotZero();
    }
}
