package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.Registers;
import io.erdma.model.Moc;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.DmaRange;
import io.erdma.verbs.FastRegisterMr;
import io.erdma.verbs.QpAttributes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Defects of the reference driver (driver-behaviour §8) that a user could see, each by its number, done right. */
class ReferenceDefectsTest {
    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(errno));
    }

    /** A QP that is not connected takes nothing out of its rings. */
    @ParameterizedTest
    @EnumSource
    void defects1And3_sendRingFull_isEnomem_namesTheFirstNotTaken_andLosesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Side left = Side.of(tenants.device("alice"));
                Side right = Side.of(tenants.device("bob"))) {
            SendRequest chain = null;
            for (int n = 199; n >= 0; n--) {
                SendRequest request = new SendRequest();
                request.wrId = n;
                request.opcode = WrOpcode.RDMA_WRITE;
                request.flags = SendFlag.SIGNALED;
                for (int sge = 0; sge < n % 7; sge++) { // one to three building blocks
                    request.addSge(left.address(sge), 1, left.mr.lkey());
                }
                request.remoteAddress = right.address(0);
                request.remoteKey = right.mr.rkey();
                request.next = chain;
                chain = request;
            }
            long result = left.qp.postSend(chain);
            assertThat(PostResult.errno(result)).isEqualTo(Errno.ENOMEM.number());
            int taken = PostResult.taken(result);
            assertThat(taken).isBetween(16, 64);

            Pair.connect(left, right);
            for (int n = 0; n < taken; n++) {
                assertThat(left.awaitOk().wrId).isEqualTo(n);
            }
            assertThat(left.nothingCompleted()).isTrue();
            new Pair(left, right).assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect2_receiveRingFull_isEnomem_andOverwritesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            int depth = 16;
            for (int n = 0; n < depth; n++) {
                pair.right().receive(n, 8L * n, 8);
            }
            ReceiveRequest tooMany = new ReceiveRequest().set(99, pair.right().address(4096), 8,
                    pair.right().mr.lkey());
            assertThat(pair.right().qp.postRecv(tooMany)).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
            for (int n = 0; n < depth; n++) {
                SendRequest send = new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey());
                send.flags = SendFlag.SIGNALED;
                pair.left().post(send);
                pair.left().awaitOk();
                assertThat(pair.right().awaitOk().wrId).isEqualTo(n);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect6_congestionControlOutOfRange_isRefused(Mode mode) {
        FunctionSpec odd = FunctionSpec.builder().congestionControl(9).build();
        try (Moc card = Moc.of(mode.with(odd)); Host host = Host.on(card.vport("alice"))) {
            assertErrno(Errno.EINVAL, () -> host.driver().probe(card.vport("alice").functions().getFirst()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect9_extendedDoorbells_ringTheRightQueues(Mode mode) {
        FunctionSpec extended = FunctionSpec.builder().extendedDoorbells(true).barBytes(1 << 20).build();
        try (Tenants tenants = Tenants.on(mode.with(extended)); Pair pair = tenants.pair()) {
            for (int n = 0; n < 100; n++) {
                pair.assertWorks();
            }
            assertThat(tenants.card().vport("alice").counters(tenants.card().vport("alice").functions().getFirst()))
                    .containsEntry("foreign_doorbells", 0L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect10_queryQp_countsRequests_andKeepsOrdAndIrdApart(Mode mode) {
        QpCapabilities asked = new QpCapabilities(10, 20, 2, 1, 0);
        try (Tenants tenants = Tenants.on(mode.strict());
                Side side = Side.of(tenants.device("alice"), cq -> cq, qp -> qp.capabilities(asked))) {
            side.qp.connect(new ConnectionParameters(CongestionControl.CUBIC, 0,
                    Pair.address(side), 1, Pair.address(side), 2, 1, 1, 0), 3, 7);
            QpAttributes attributes = side.qp.query();
            assertThat(attributes.capabilities().maxSendWr()).isEqualTo(16);
            assertThat(attributes.capabilities().maxRecvWr()).isEqualTo(32);
            assertThat(attributes.maxRdAtomic()).isEqualTo(3);
            assertThat(attributes.maxDestRdAtomic()).isEqualTo(7);
        }
    }

    /** Neither side has a limit below the device's 128, and the model holds back what is over it. */
    @ParameterizedTest
    @EnumSource
    void defect12_moreReadsThanMayBeInFlight_allComeBack_inOrder(Mode mode) {
        FaultPlan bob = new FaultPlan();
        int reads = 200; // fewer than the CQ holds
        QpCapabilities many = new QpCapabilities(512, 16, 1, 1, 0);
        try (Tenants tenants = Tenants.on(Moc.builder(mode.strict()).faults("bob", bob).build());
                Pair pair = Pair.connected(
                        Side.of(tenants.device("alice"), cq -> cq, qp -> qp.capabilities(many)),
                        Side.of(tenants.device("bob")))) {
            bob.once(FaultPoint.DEVICE_ENGINE, pair.right().qp.qpn(), new FaultAction.Hold());
            pair.right().putLong(0, 11);
            for (int n = 0; n < reads; n++) {
                SendRequest read = new SendRequest().addSge(pair.left().address(8L * n), 8, pair.left().mr.lkey());
                read.wrId = n;
                read.opcode = WrOpcode.RDMA_READ;
                read.flags = SendFlag.SIGNALED;
                read.remoteAddress = pair.right().address(0);
                read.remoteKey = pair.right().mr.rkey();
                pair.left().post(read);
            }
            assertThat(pair.left().nothingCompleted()).isTrue();
            bob.release();
            for (int n = 0; n < reads; n++) {
                assertThat(pair.left().awaitOk().wrId).isEqualTo(n);
                assertThat(pair.left().getLong(8L * n)).isEqualTo(11);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "INLINE") // a manual clock runs ahead of engine threads
    void defect13_initThatTimesOut_resetsTheFunction_andLeavesNothing(Mode mode) {
        FaultPlan plan = new FaultPlan();
        try (Moc card = Moc.builder(mode.strict()).faults("alice", plan).build();
                Host host = Host.builder(card.vport("alice")).clock(new ManualClock()).start()) {
            var function = card.vport("alice").functions().getFirst();
            host.driver().remove(function);
            var before = card.vport("alice").ledger().outstanding();
            plan.always(FaultPoint.DEVICE_READ, Registers.DEV_ST, new FaultAction.Value(0));

            assertErrno(Errno.ETIMEDOUT, () -> host.driver().probe(function));

            plan.release();
            assertThat(card.vport("alice").ledger().outstanding()).isEqualTo(before);
            try (var bar = function.mapBar(0)) {
                assertThat(bar.read32(Registers.DEV_ST) & Registers.DEV_ST_INIT_DONE).isZero();
            }
            host.driver().probe(function);
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect14_addressesThatDifferBelowAPage_areRefused(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Side side = Side.of(tenants.device("alice"))) {
            assertErrno(Errno.EINVAL,
                    () -> side.pd.regMr(side.memory, side.memory.address() + 8, Access.LOCAL_WRITE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect16_fastRegisterPageSizesBut4096_areRefused(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Side side = Side.of(tenants.device("alice"));
                FastRegisterMr mr = side.pd.allocMr(4)) {
            assertErrno(Errno.EINVAL, () -> mr.mapMrSg(List.of(new DmaRange(0x1_0000, 65536)), 0, 65536));
        }
    }

    @ParameterizedTest
    @EnumSource
    void defect18_rejectWithoutPrivateData_isAReject(Mode mode) {
        InetSocketAddress bob = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 7174);
        try (Tenants tenants = Tenants.on(mode.strict());
                Side side = Side.of(tenants.device("alice"));
                RdmaEventChannel rejects = tenants.host("bob").cm().createEventChannel(event -> event.id().reject());
                RdmaCmId door = tenants.host("bob").cm().createId(rejects);
                RdmaEventChannel channel = tenants.host("alice").cm().createEventChannel();
                RdmaCmId id = tenants.host("alice").cm().createId(channel)) {
            door.bindAddr(bob);
            door.listen(1);
            id.resolveAddr(bob);
            expect(channel, RdmaCmEventType.ADDR_RESOLVED);
            id.resolveRoute();
            expect(channel, RdmaCmEventType.ROUTE_RESOLVED);
            id.connect(RdmaConnParam.qp(side.qp.qpn()));
            assertThat(expect(channel, RdmaCmEventType.REJECTED).status()).contains(Errno.ECONNRESET);
        }
    }

    private static RdmaCmEvent expect(RdmaEventChannel channel, RdmaCmEventType type) {
        RdmaCmEvent event = channel.get(Duration.ofMinutes(2));
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }

    /** The device's side of what a destroyed QP leaves: its completions are skipped, those of others are not. */
    @ParameterizedTest
    @EnumSource
    void completionsOfADestroyedQp_areSkipped_andOthersStay(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            try (var second = pair.left().pd.createQp(pair.left().qp.initAttributes())) {
                SendRequest bad = new SendRequest().addSge(0, 8, 0x7_FF00);
                pair.left().post(bad);
                pair.left().awaitEvent();
                pair.left().qp.close();
                second.modify(QpState.ERR);
                assertThat(second.postSend(bad)).isEqualTo(PostResult.ok(1));
                assertThat(pair.left().await(WcStatus.WR_FLUSH_ERR).qpNumber).isEqualTo(second.qpn());
            }
        }
    }
}
