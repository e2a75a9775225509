package io.erdma.tests.integration;

import static io.erdma.tests.integration.UserVerbsTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEventType;
import io.erdma.core.errno.Errno;
import io.erdma.core.hal.Mmio;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.model.Vport;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.provider.Context;
import io.erdma.verbs.DeviceSnapshot;
import io.erdma.verbs.UserContext;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What protects contexts from each other, and how they end: with everything in them, under load, by whoever ends them. */
class UserContextTest {
    private static final String FOREIGN = "foreign_doorbells";
    private static final int WORKERS = 3;

    private static void assertNothingOfUsers(Host host) {
        DeviceSnapshot left = host.device("erdma0").orElseThrow().snapshot();
        assertThat(left.contexts()).isEmpty();
        assertThat(left.queuePairs()).isEmpty();
        assertThat(left.completionQueues()).isEmpty();
        assertThat(left.memoryRegions()).isEmpty();
        assertThat(left.protectionDomains()).isEmpty();
    }

    private static long foreignDoorbells(Tenants tenants) {
        Vport vport = tenants.card().vport("alice");
        return vport.counters(vport.functions().getFirst()).get(FOREIGN);
    }

    /** The three pages of a context, as a program that does not use the provider maps them. */
    private record Pages(UserContext context, Mmio sends, Mmio receives, Mmio completions) {
        static Pages open(Tenants tenants, UserProcess process) {
            MemorySegment response = MemorySegment.ofArray(new long[5]);
            UserContext context = tenants.device("alice").openContext(process, response);
            return new Pages(context, context.mmap(UrespAllocCtx.sdb(response, 0), 4096),
                    context.mmap(UrespAllocCtx.rdb(response, 0), 4096),
                    context.mmap(UrespAllocCtx.cdb(response, 0), 4096));
        }
    }

    @ParameterizedTest
    @EnumSource
    void doorbells_ofAnotherContextsQueues_areDropped_andCounted(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED));
                UserProcess villain = tenants.host("alice").startProcess("villain", false)) {
            UserEnd victim = UserEnd.of(tenants.host("alice"));
            UserEnd peer = UserEnd.of(tenants.host("bob"));
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), victim, tenants.host("bob"), peer);
            Side kernel = Side.of(tenants.device("alice"));
            Pages pages = Pages.open(tenants, villain);
            long before = foreignDoorbells(tenants);

            for (int qpn : new int[]{ victim.qp.qpn(), kernel.qp.qpn(), 0, 0xFFFFF }) {
                pages.sends.write64(0, SqDoorbell.compose(qpn, 4));
                pages.receives.write64(0, RqDoorbell.compose(qpn, 1));
            }
            for (int cqn : new int[]{ victim.cq.cqn(), kernel.cq.cqn(), 0, 0xFFFFFF }) {
                pages.completions.write64(0, CqDoorbell.compose(0, cqn, true, false, 0, 0));
            }
            pages.sends.write64(0, RqDoorbell.compose(victim.qp.qpn(), 1));
            pages.receives.write64(0, SqDoorbell.compose(victim.qp.qpn(), 4));

            assertThat(foreignDoorbells(tenants) - before).isEqualTo(14);
            victim.putLong(0, 7);
            SendRequest write = victim.mr.addTo(new SendRequest(), 0, 8);
            write.opcode = WrOpcode.RDMA_WRITE;
            write.flags = SendFlag.SIGNALED;
            write.remoteAddress = peer.address(0);
            write.remoteKey = peer.mr.rkey();
            victim.post(write);
            victim.awaitOk();
            assertThat(peer.getLong(0)).isEqualTo(7);
            assertThat(foreignDoorbells(tenants) - before).as("after honest work").isEqualTo(14);
            link.close();
            kernel.close();
            victim.close();
            peer.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void doorbells_ofAContextThatHasEnded_reachNothing_alsoWhenItsPagesAreAnothers(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED));
                UserProcess villain = tenants.host("alice").startProcess("villain", false)) {
            Pages pages = Pages.open(tenants, villain);
            pages.context.close();
            UserEnd heir = UserEnd.of(tenants.host("alice"));
            long before = foreignDoorbells(tenants);

            pages.sends.write64(0, SqDoorbell.compose(heir.qp.qpn(), 4));
            pages.receives.write64(0, RqDoorbell.compose(heir.qp.qpn(), 1));

            assertThat(foreignDoorbells(tenants)).isEqualTo(before);
            assertThat(heir.nothingCompleted()).isTrue();
            heir.close();
        }
    }

    @Test
    void pages_thatAreUsedUp_areEio_andComeBack() {
        try (Tenants tenants = Tenants.on(Mode.INLINE.with(UserVerbsTest.EXTENDED))) {
            Host alice = tenants.host("alice");
            List<Context> open = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                open.add(alice.openDevice("erdma0"));
            }
            assertRefused(Errno.EIO, () -> alice.openDevice("erdma0"));
            assertThat(alice.device("erdma0").orElseThrow().snapshot().contexts()).hasSize(6);

            open.removeFirst().close();
            open.add(alice.openDevice("erdma0"));
            assertRefused(Errno.EIO, () -> alice.openDevice("erdma0"));
            open.forEach(Context::close);
            assertNothingOfUsers(alice);
        }
    }

    @Test
    void aLargerBar_hasPagesForMoreContexts() {
        FunctionSpec large = FunctionSpec.builder().extendedDoorbells(true).barBytes(1 << 20).build();
        try (Tenants tenants = Tenants.on(Mode.INLINE.with(large))) {
            Host alice = tenants.host("alice");
            List<UserEnd> ends = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ends.add(UserEnd.of(alice));
            }
            ends.forEach(UserEnd::close);
            assertNothingOfUsers(alice);
        }
    }

    /** Posts and polls as fast as it can. */
    private static void write(Load load, UserEnd from, UserEnd to) {
        SendRequest write = from.mr.addTo(new SendRequest(), 0, 512);
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        write.remoteAddress = to.address(0);
        write.remoteKey = to.mr.rkey();
        WorkCompletion[] completions = WorkCompletion.array(8);
        load.run(() -> {
            from.qp.postSend(write);
            from.cq.poll(completions);
        });
    }

    private interface Ending {
        void end(Tenants tenants, UserProcess process, List<UserEnd> ends);
    }

    /** Ends contexts of alice's, which write to bob's as fast as they can; their peers learn of it, and nothing is left. */
    private static void underLoad(Mode mode, Ending ending) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED))) {
            Host alice = tenants.host("alice");
            Host bob = tenants.host("bob");
            UserProcess process = alice.startProcess("app", false);
            List<UserEnd> ends = new ArrayList<>();
            List<UserEnd> peers = new ArrayList<>();
            List<UserEnd.Link> links = new ArrayList<>();
            try (Load load = new Load()) {
                for (int i = 0; i < WORKERS; i++) {
                    UserEnd end = UserEnd.of(alice.openDevice("erdma0", process));
                    UserEnd peer = UserEnd.of(bob);
                    ends.add(end);
                    peers.add(peer);
                    links.add(UserEnd.connect(alice, end, bob, peer));
                    write(load, end, peer);
                }
                load.awaitRounds(1000);
                ending.end(tenants, process, ends);
                load.awaitRounds(100);
            }
            for (int i = 0; i < WORKERS; i++) {
                UserEnd.expect(links.get(i).inEvents(), RdmaCmEventType.DISCONNECTED);
                UserEnd peer = peers.get(i);
                Await.until("the peer has left RTS", () -> peer.qp.query().state() != QpState.RTS);
            }
            peers.forEach(UserEnd::close);
            links.forEach(UserEnd.Link::close);
            assertNothingOfUsers(bob);
            process.close();
            assertThat(process.memoryBytes()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void disposalOfContexts_underLoad_leavesNothing(Mode mode) {
        underLoad(mode, (tenants, process, ends) -> {
            ends.forEach(end -> end.context.close());
            assertNothingOfUsers(tenants.host("alice"));
            assertThat(process.memoryBytes()).isZero();
        });
    }

    @ParameterizedTest
    @EnumSource
    void exitOfAProcess_underLoad_leavesNothing(Mode mode) {
        underLoad(mode, (tenants, process, ends) -> {
            process.close();
            assertNothingOfUsers(tenants.host("alice"));
        });
    }

    @ParameterizedTest
    @EnumSource
    void removalOfTheDevice_underLoad_leavesNothing_andProgramsHearOfIt(Mode mode) {
        underLoad(mode, (tenants, process, ends) -> {
            tenants.host("alice").links().dellink("erdma0");
            for (UserEnd end : ends) {
                Await.until("the program hears of it", () -> end.context.pollAsyncEvent()
                        .filter(event -> event.type() == AsyncEventType.DEVICE_FATAL).isPresent());
            }
            tenants.host("alice").links().newlink("erdma", "erdma0", "eth0");
            assertNothingOfUsers(tenants.host("alice"));
        });
    }

    @ParameterizedTest
    @EnumSource
    void surpriseRemovalOfTheFunction_underLoad_leavesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED))) {
            Host alice = tenants.host("alice");
            UserEnd end = UserEnd.of(alice);
            UserEnd peer = UserEnd.of(tenants.host("bob"));
            UserEnd.Link link = UserEnd.connect(alice, end, tenants.host("bob"), peer);
            try (Load load = new Load()) {
                write(load, end, peer);
                load.awaitRounds(1000);
                Vport vport = tenants.card().vport("alice");
                vport.removeFunction(vport.functions().getFirst());
                load.awaitRounds(100);
                Await.until("the device is gone", () -> alice.deviceNames().isEmpty());
                load.awaitRounds(100);
            }
            assertRefused(Errno.ENODEV, end.context::allocPd);
            link.close();
            end.close();
            peer.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerOfAContextThatEnded_findsItsConnectionGone(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED))) {
            UserEnd end = UserEnd.of(tenants.host("alice"));
            UserEnd peer = UserEnd.of(tenants.host("bob"));
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), end, tenants.host("bob"), peer);
            peer.receive(1, 0, 8);

            end.context.close();

            assertThat(peer.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(1);
            link.close();
            end.close();
            peer.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aProgramWhoseMemoryVanishes_harmsNobodyElse(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED));
                UserEnd bystander = UserEnd.of(tenants.host("alice"));
                UserEnd friend = UserEnd.of(tenants.host("bob"))) {
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), bystander, tenants.host("bob"), friend);
            UserEnd end = UserEnd.of(tenants.host("alice"));
            UserEnd peer = UserEnd.of(tenants.host("bob"));
            UserEnd.Link other = UserEnd.connect(tenants.host("alice"), end, tenants.host("bob"), peer);
            try (Arena shortLived = Arena.ofShared()) {
                MemorySegment memory = shortLived.allocate(4096, 4096);
                end.pd.regMr(memory);
                SendRequest send = new SendRequest().addSge(memory.address(), 8, end.mr.lkey());
                send.flags = SendFlag.SIGNALED;
                end.post(send);
            }
            end.await(WcStatus.LOC_ACCESS_ERR);
            bystander.putLong(0, 3);
            friend.receive(9, 0, 8);
            SendRequest send = bystander.mr.addTo(new SendRequest(), 0, 8);
            send.flags = SendFlag.SIGNALED;
            bystander.post(send);
            bystander.awaitOk();
            assertThat(friend.awaitOk().wrId).isEqualTo(9);
            link.close();
            other.close();
            end.context.close();
            end.close();
            peer.close();
        }
    }
}
