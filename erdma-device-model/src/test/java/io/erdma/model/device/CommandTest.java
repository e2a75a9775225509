package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.QueryDeviceResponse;
import io.erdma.hw.cmd.QueryFwInfoResponse;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.hw.cmd.StatsBlock;
import io.erdma.model.spec.FunctionSpec;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands: answers, refusals that change nothing, order, planned faults. */
class CommandTest {
    private static final CommandBody NOTHING = (slot, offset) -> {};

    private final TestCard card = new TestCard();
    private final FaultPlan plan = new FaultPlan();
    private final TestHost host = card.host(FunctionSpec.builder().firmwareVersion(0x01020304).build(),
            Optional.of(plan));

    @AfterEach
    void close() {
        card.close();
    }

    @Test
    void queryDevice_answersTheSpec() {
        assertThat(host.command(CommandOpcode.QUERY_DEVICE, NOTHING)).isZero();
        assertThat(QueryDeviceResponse.log2MaxCqe(host.response)).isEqualTo(20);
        assertThat(QueryDeviceResponse.log2MaxRecvWr(host.response)).isEqualTo(15);
        assertThat(QueryDeviceResponse.log2MaxMrSize(host.response)).isEqualTo(40);
        assertThat(QueryDeviceResponse.qpBlocks(host.response)).isEqualTo(1);
        assertThat(QueryDeviceResponse.localDmaKey(host.response)).isEqualTo(host.spec.localDmaKey());
        assertThat(QueryDeviceResponse.capabilities(host.response))
                .isEqualTo(QueryDeviceResponse.CAP_ATOMIC | QueryDeviceResponse.CAP_SCATTERED_MTT);
    }

    @Test
    void queryFirmware_answersItsVersion() {
        assertThat(host.command(CommandOpcode.QUERY_FW_INFO, NOTHING)).isZero();
        assertThat(QueryFwInfoResponse.version(host.response)).isEqualTo(0x01020304);
    }

    @ParameterizedTest
    @CsvSource({ "0,7", "0,18", "0,255", "1,6", "1,7", "1,10", "2,0", "3,1" })
    void unknownCommand_isRefused(int subModule, int opcode) {
        assertThat(host.command(subModule, opcode, NOTHING)).isNotZero();
        assertThat(host.function.counter(ModelCounter.REFUSED_COMMANDS)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = { "SET_GID", "CREATE_AH", "DESTROY_AH", "QUERY_QP" })
    void roceCommand_onIwarp_isRefused(CommandOpcode opcode) {
        assertThat(host.command(opcode, NOTHING)).isNotZero();
    }

    @Test
    void completions_comeInOrder_overManyLaps() {
        for (int i = 0; i < 200; i++) {
            assertThat(host.command(i % 3 == 0 ? CommandOpcode.DESTROY_AH : CommandOpcode.QUERY_DEVICE, NOTHING))
                    .isEqualTo(i % 3 == 0 ? 1 : 0);
        }
    }

    @Test
    void objectInUse_isNotDestroyed() {
        TestCq cq = host.cq(4);
        TestQp qp = host.qp(cq);
        assertThat(host.destroyEq(1)).isNotZero();
        assertThat(destroyCq(cq)).isNotZero();
        assertThat(destroyQp(qp)).isZero();
        assertThat(destroyQp(qp)).isNotZero();
        assertThat(destroyCq(cq)).isZero();
        assertThat(host.destroyEq(1)).isZero();
        assertThat(host.destroyEq(1)).isNotZero();
    }

    private int destroyCq(TestCq cq) {
        return host.command(CommandOpcode.DESTROY_CQ, (slot, offset) -> DestroyCq.setCqn(slot, offset, cq.cqn));
    }

    private int destroyQp(TestQp qp) {
        return host.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, qp.qpn));
    }

    @Test
    void createdTwice_isRefused_andTheFirstStays() {
        TestCq cq = host.cq(4);
        assertThat(host.createCq(new TestCq(host, cq.cqn, 4), 1)).isNotZero();
        TestQp qp = host.qp(cq);
        assertThat(host.createQp(qp)).isNotZero();
        TestMr mr = host.mr(64);
        assertThat(host.register(mr, 0x1F, 1)).isNotZero();
        assertThat(host.createEq(1)).isNotZero();
        assertThat(host.function.queuePair(qp.qpn)).isNotNull();
    }

    @Test
    void indexZero_ofPdAndStag_isLegal_qpnAndCqnZeroAreNot() {
        TestMr mr = new TestMr(host, 0, 1, host.memory.take(64, 64), 64);
        assertThat(host.register(mr, 0x1F, 0)).isZero();
        assertThat(host.createCq(new TestCq(host, 0, 4), 1)).isNotZero();
        TestCq cq = host.cq(4);
        assertThat(host.createQp(new TestQp(host, 0, cq, cq, 4, 4))).isNotZero();
        assertThat(host.createQp(new TestQp(host, 1024, cq, cq, 4, 4))).isNotZero();
        assertThat(host.createCq(new TestCq(host, 2048, 4), 1)).isNotZero();
    }

    @Test
    void queueOutsideOfReach_isRefused() {
        TestCq cq = host.cq(4);
        assertThat(host.command(CommandOpcode.CREATE_CQ, (slot, offset) -> {
            CreateCq.setCqn(slot, offset, 100);
            CreateCq.setLog2Depth(slot, offset, 20);
            CreateCq.setPageShift(slot, offset, 25);
            CreateCq.setBufferAddress(slot, offset, cq.ring);
            CreateCq.setMttEntries(slot, offset, 1);
            CreateCq.setEqn(slot, offset, 1);
            CreateCq.setDoorbellRecord(slot, offset, cq.record);
        })).isNotZero();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 6, 7, 255 })
    void stateThatIsNeverSent_isRefused(int state) {
        TestQp qp = host.qp(host.cq(4));
        assertThat(host.command(CommandOpcode.MODIFY_QP, (slot, offset) -> {
            ModifyQp.setQpn(slot, offset, qp.qpn);
            ModifyQp.setState(slot, offset, state);
        })).isNotZero();
    }

    @Test
    void secondMoveToRts_isRefused() {
        TestQp qp = host.qp(host.cq(4));
        assertThat(host.connect(qp, new FourTuple(1, 1, 2, 2))).isZero();
        assertThat(host.connect(qp, new FourTuple(1, 1, 2, 2))).isNotZero();
    }

    @Test
    void confMtu_andConfDevice_takeWhatCanBe() {
        assertThat(host.command(CommandOpcode.CONF_MTU, (slot, offset) -> ConfMtu.setMtu(slot, offset, 9000))).isZero();
        assertThat(host.command(CommandOpcode.CONF_MTU, (slot, offset) -> ConfMtu.setMtu(slot, offset, 7))).isNotZero();
        assertThat(host.command(CommandOpcode.CONF_DEVICE, (slot, offset) -> {
            ConfDevice.setPageShiftEnable(slot, offset, true);
            ConfDevice.setPageShift(slot, offset, 12);
        })).isZero();
    }

    @Test
    void dmaRegion_isUsable_thoughItsValidBitIsNot() {
        TestCq cq = host.cq(4);
        TestQp a = host.qp(cq);
        TestQp b = host.qp(cq);
        TestHost.join(a, b);
        TestMr mr = host.mr(128).fill(1);
        assertThat(host.registerAll(50, 3, 0x1F)).isZero();

        a.write(TestQp.SIGNALED, 50 << 8 | 3, mr.address + 64, TestQp.Piece.of(mr, 0, 64)).ring();

        assertThat(cq.poll().syndrome()).isZero();
        assertThat(mr.copy(64, 64)).isEqualTo(mr.copy(0, 64));
    }

    @Test
    void deregisteredRegion_isUsedNoMore() {
        try (Pair pair = new Pair()) {
            assertThat(pair.bob.command(CommandOpcode.DEREG_MR,
                    (slot, offset) -> DeregMr.setMptIndex(slot, offset, pair.target.index))).isZero();
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 8)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(3);
        }
    }

    @Test
    void statistics_countRequestsPacketsAndBytes() {
        try (Pair pair = new Pair()) {
            pair.out.write(0, pair.target.stag(), pair.target.va(), pair.from(0, 10_000))
                    .write(0, pair.target.stag(), pair.target.va()).ring();
            long at = pair.alice.memory.take(256, 8);
            assertThat(pair.alice.command(CommandOpcode.GET_STATS, (slot, offset) -> {
                GetStats.setTargetAddress(slot, offset, at);
                GetStats.setTargetLength(slot, offset, GetStats.TARGET_BYTES);
            })).isZero();
            long block = HostMemoryArea.at(at);
            assertThat(StatsBlock.magic(pair.alice.all(), block)).isEqualTo(StatsBlock.MAGIC);
            assertThat(StatsBlock.counter(pair.alice.all(), block, StatCounter.TX_REQUESTS)).isEqualTo(2);
            assertThat(StatsBlock.counter(pair.alice.all(), block, StatCounter.TX_BYTES)).isEqualTo(10_000);
            assertThat(StatsBlock.counter(pair.alice.all(), block, StatCounter.TX_PACKETS)).isEqualTo(8);
            assertThat(pair.bob.function.read(0, Registers.STATS_RX_BYTES, 8)).isEqualTo(10_000);
            assertThat(pair.bob.read32(Registers.STATS_RX_PKTS)).isEqualTo(8);
        }
    }

    @Test
    void statisticsWithoutRoom_areRefused() {
        assertThat(host.command(CommandOpcode.GET_STATS, (slot, offset) -> GetStats.setTargetLength(slot, offset, 256)))
                .isNotZero();
    }

    @Test
    void plannedSyndrome_failsTheCommand_whichChangesNothing() {
        TestCq cq = new TestCq(host, 9, 4);
        plan.once(FaultPoint.DEVICE_COMMAND, CommandOpcode.CREATE_CQ.opcode(), new FaultAction.Syndrome(77));
        assertThat(host.createCq(cq, 1)).isEqualTo(77);
        assertThat(host.createCq(cq, 1)).isZero();
    }

    @Test
    void plannedDrop_losesTheCommand_andPlannedDelay_reordersIt() {
        plan.once(FaultPoint.DEVICE_COMMAND, FaultPlan.ANY, new FaultAction.Drop());
        host.send(0, CommandOpcode.QUERY_DEVICE.opcode(), NOTHING);
        assertThat(host.pollCommand()).isEqualTo(-1);

        plan.once(FaultPoint.DEVICE_COMMAND, CommandOpcode.QUERY_DEVICE.opcode(), new FaultAction.Delay(2));
        host.send(0, CommandOpcode.QUERY_DEVICE.opcode(), NOTHING);
        host.send(1, 99, NOTHING);
        assertThat(host.pollCommand()).isEqualTo(1);
        assertThat(host.pollCommand()).isEqualTo(-1);
        host.send(1, 99, NOTHING);
        assertThat(host.pollCommand()).isEqualTo(1);
        assertThat(host.pollCommand()).isZero();
    }

    @Test
    void releasedPlan_letsDelayedCommandsGo() {
        plan.once(FaultPoint.DEVICE_COMMAND, FaultPlan.ANY, new FaultAction.Delay(0));
        host.send(0, CommandOpcode.QUERY_DEVICE.opcode(), NOTHING);
        assertThat(host.pollCommand()).isEqualTo(-1);

        plan.release();

        assertThat(host.pollCommand()).isZero();
    }
}
