package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.host.HalProvider;
import io.erdma.core.host.Machine;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PortState;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.Moc;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.ErdmaDevice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices that come and go: links, netdevs, surprise removal, with and without traffic. */
class LifecycleTest {
    private static Netdev eth0(Tenants tenants, String host) {
        return tenants.host(host).machine().netdevs().byName("eth0").orElseThrow();
    }

    private static List<AsyncEventType> listen(ErdmaDevice device) {
        List<AsyncEventType> types = new CopyOnWriteArrayList<>();
        device.subscribe(event -> types.add(event.type()));
        return types;
    }

    @Test
    void moc_isFoundByServiceLoader_andBootsTheDriver() {
        HalProvider moc = ServiceLoader.load(HalProvider.class).stream().map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("moc")).findFirst().orElseThrow();
        try (HalProvider.Instance card = moc.open(Map.of())) {
            for (Machine machine : card.machines()) {
                try (Host host = Host.on(machine)) {
                    host.links().newlink("erdma", "erdma0", "eth0");
                    assertThat(host.device("erdma0")).isPresent();
                }
                assertThat(machine.ledger().outstanding()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void netdevDownAndUp_movesThePort_andConnectionsStay(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            ErdmaDevice device = tenants.device("alice");
            List<AsyncEventType> events = listen(device);
            assertThat(device.portAttributes(1).state()).isEqualTo(PortState.ACTIVE);
            eth0(tenants, "alice").setUp(false);
            assertThat(device.portAttributes(1).state()).isEqualTo(PortState.DOWN);
            eth0(tenants, "alice").setUp(true);
            assertThat(device.portAttributes(1).state()).isEqualTo(PortState.ACTIVE);
            assertThat(events).containsExactly(AsyncEventType.PORT_ERR, AsyncEventType.PORT_ACTIVE);
            pair.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mtuChange_reachesTheDevice(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            eth0(tenants, "alice").setMtu(9000);
            assertThat(tenants.device("alice").portAttributes(1).activeMtu()).isEqualTo(Mtu.MTU_4096);
            eth0(tenants, "alice").setMtu(600);
            assertThat(tenants.device("alice").portAttributes(1).activeMtu()).isEqualTo(Mtu.MTU_512);
            pair.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void netdevUnregisteredWhileBound_takesTheDeviceAway_andItsPeerFindsItLost(Mode mode) {
        endsWhileBound(mode, tenants -> tenants.host("alice").machine().netdevs().unregister(eth0(tenants, "alice")));
    }

    @ParameterizedTest
    @EnumSource
    void addressChangeWhileBound_takesTheDeviceAway(Mode mode) {
        endsWhileBound(mode, tenants -> eth0(tenants, "alice").setAddress(MacAddress.parse("02:00:00:00:00:77")));
    }

    @ParameterizedTest
    @EnumSource
    void dellinkWhileInUse_fatals_andThePeerFindsItLost(Mode mode) {
        endsWhileBound(mode, tenants -> tenants.host("alice").links().dellink("erdma0"));
    }

    /** Engine threads may still be flushing when the device's queues go; inline, the flush is over when the QP is in error. */
    @ParameterizedTest
    @EnumSource(names = "INLINE")
    void dellinkWhileInUse_bringsWhatIsPostedBackFlushed_toWhoIsToldOfCompletions(Mode mode) {
        List<String> flushed = new CopyOnWriteArrayList<>();
        WorkCompletion[] completions = WorkCompletion.array(4);
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = Pair.connected(
                        Side.of(tenants.device("alice"), cq -> cq.completionHandler(told -> {
                            for (int taken; (taken = told.poll(4, completions)) > 0;) {
                                for (int n = 0; n < taken; n++) {
                                    flushed.add(completions[n].wrId + " " + completions[n].status);
                                }
                                told.reqNotify(NotifyKind.NEXT_COMPLETION);
                            }
                        }), qp -> qp),
                        Side.of(tenants.device("bob")))) {
            pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            pair.left().receiveEmpty(1);
            pair.left().receiveEmpty(2);

            tenants.host("alice").links().dellink("erdma0");

            assertThat(flushed).containsExactly("1 WR_FLUSH_ERR", "2 WR_FLUSH_ERR");
        }
    }

    @ParameterizedTest
    @EnumSource
    void surpriseRemovalWhileInUse_fatals(Mode mode) {
        endsWhileBound(mode, tenants -> tenants.card().vport("alice")
                .removeFunction(tenants.host("alice").machine().functions().getFirst()));
    }

    private interface End {
        void of(Tenants tenants);
    }

    private static void endsWhileBound(Mode mode, End end) {
        FunctionSpec impatient = FunctionSpec.builder().peerWait(Duration.ofMillis(20)).build();
        try (Tenants tenants = Tenants.on(mode.with(impatient)); Pair pair = tenants.pair()) {
            ErdmaDevice device = tenants.device("alice");
            List<AsyncEventType> events = listen(device);
            pair.assertWorks();
            pair.left().receiveEmpty(1);

            end.of(tenants);

            Await.until("the link is gone", () -> tenants.host("alice").links().links().isEmpty());
            Await.until("the device is gone", () -> tenants.host("alice").device("erdma0").isEmpty());
            assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
            assertThatThrownBy(device::allocPd).isInstanceOfSatisfying(ErrnoException.class,
                    e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));
            SendRequest write = new SendRequest();
            write.opcode = WrOpcode.RDMA_WRITE;
            pair.right().post(write);
            pair.right().await(WcStatus.RETRY_EXC_ERR);
        }
    }

    @ParameterizedTest
    @EnumSource
    void surpriseRemoval_underTraffic_hangsNobody(Mode mode) throws InterruptedException {
        FunctionSpec impatient = FunctionSpec.builder().peerWait(Duration.ofMillis(20)).build();
        try (Tenants tenants = Tenants.on(mode.with(impatient)); Pair pair = tenants.pair()) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread sender = Thread.ofPlatform().start(() -> write(pair.left(), pair.right(), stop));
            Thread receiver = Thread.ofPlatform().start(() -> write(pair.right(), pair.left(), stop));
            Await.until("traffic flows both ways",
                    () -> tenants.device("alice").stats(1).get(StatCounter.RX_PACKETS) > 100);
            PciFunction function = tenants.host("alice").machine().functions().getFirst();

            tenants.card().vport("alice").removeFunction(function);

            Await.until("the driver has let go", () -> tenants.host("alice").driver().adapters().isEmpty());
            stop.set(true);
            sender.join();
            receiver.join();
            try (Pair others = tenants.pair("bob", "bob")) {
                others.assertWorks();
            }
        }
    }

    /** Writes until told to stop, or until nothing is taken any more. */
    private static void write(Side from, Side to, AtomicBoolean stop) {
        SendRequest write = new SendRequest().addSge(from.address(0), 4096, from.mr.lkey());
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        write.remoteAddress = to.address(8192);
        write.remoteKey = to.mr.rkey();
        WorkCompletion[] completions = WorkCompletion.array(16);
        while (!stop.get()) {
            from.qp.postSend(write); // a full ring, or a QP that is gone, refuses it
            from.cq.poll(completions.length, completions);
            Thread.yield();
        }
    }

    @ParameterizedTest
    @EnumSource(names = "INLINE") // a manual clock runs ahead of engine threads
    void commandThatIsNeverAnswered_killsTheDevice_andNotTheHost(Mode mode) {
        FaultPlan plan = new FaultPlan();
        try (Moc card = Moc.builder(mode.strict()).faults("alice", plan).build()) {
            ManualClock clock = new ManualClock();
            try (Host host = Host.builder(card.vport("alice")).clock(clock).start()) {
                host.links().newlink("erdma", "erdma0", "eth0");
                ErdmaDevice device = host.device("erdma0").orElseThrow();
                List<AsyncEventType> events = listen(device);
                plan.always(FaultPoint.DEVICE_COMMAND, FaultPlan.ANY, new FaultAction.Drop());

                assertThatThrownBy(() -> device.createCq(16)).isInstanceOfSatisfying(ErrnoException.class,
                        e -> assertThat(e.errno()).isEqualTo(Errno.ETIME));

                Await.until("the users hear of it", () -> events.contains(AsyncEventType.DEVICE_FATAL));
                assertThatThrownBy(() -> device.createCq(16)).isInstanceOf(ErrnoException.class);
            }
            assertThat(card.vport("alice").ledger().outstanding()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void newlink_refusesAnotherNetdev_andSaysWhoseFunctionItIs(Mode mode) {
        try (Moc card = Moc.of(mode.strict()); Host host = Host.on(card.vport("alice"))) {
            host.machine().netdevs().register("eth1", MacAddress.parse("02:00:00:00:00:77"), 1500, 1000);
            assertThatThrownBy(() -> host.links().newlink("erdma", "erdma0", "eth1"))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                    .hasMessageContaining("02:00:00:00:00:77").hasMessageContaining("02:00:00:00:00:01");
            assertThat(host.device("erdma0")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void hostClosed_underTraffic_postsPollsAndArmsAnswer_andThrowNothing(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicInteger rounds = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Thread thread = Thread.ofPlatform()
                        .unstarted(() -> postUntilRefused(pair.left(), pair.right(), rounds));
                thread.setUncaughtExceptionHandler((_, failure) -> thrown.set(failure));
                thread.start();
                threads.add(thread);
            }
            Await.until("traffic flows", () -> rounds.get() > 1000 || thrown.get() != null);

            tenants.host("alice").close(); // the registers are unmapped, too

            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(thrown.get()).isNull();
            assertThat(pair.left().qp.postSend(new SendRequest().addSge(0, 8, 0)))
                    .isEqualTo(PostResult.refused(Errno.EINVAL, 0));
            assertThat(pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        }
    }

    /** Sends, receives, arms and polls until the QP is destroyed. */
    private static void postUntilRefused(Side from, Side to, AtomicInteger rounds) {
        SendRequest write = new SendRequest().addSge(from.address(0), 64, from.mr.lkey());
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        write.remoteAddress = to.address(8192);
        write.remoteKey = to.mr.rkey();
        ReceiveRequest receive = new ReceiveRequest().setEmpty(1);
        WorkCompletion[] completions = WorkCompletion.array(16);
        while (PostResult.errno(from.qp.postSend(write)) != Errno.EINVAL.number()) {
            from.qp.postRecv(receive);
            from.cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            from.cq.poll(completions.length, completions);
            rounds.incrementAndGet();
            Thread.yield();
        }
    }

    @ParameterizedTest
    @EnumSource
    void hostClosedWithEverythingOpen_leavesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict())) {
            Pair pair = tenants.pair();
            pair.assertWorks();
            pair.left().receiveEmpty(1);
            List<AsyncEventType> events = listen(tenants.device("alice"));
            tenants.host("alice").close();
            assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
            assertThat(tenants.card().vport("alice").ledger().outstanding()).isEmpty();
            pair.close(); // what is closed late has nothing left to give back
        }
    }

    @ParameterizedTest
    @EnumSource
    void aeqEvents_goToTheObjectsHandler_andToSubscribers(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            List<AsyncEvent> events = new CopyOnWriteArrayList<>();
            tenants.device("alice").subscribe(events::add);
            pair.left().post(new SendRequest().addSge(0, 8, 0x7_FF00));
            pair.left().awaitEvent();
            Await.until("the subscriber hears of it", () -> !events.isEmpty());
            assertThat(events).singleElement().isInstanceOfSatisfying(AsyncEvent.OfQueuePair.class,
                    event -> assertThat(event.queuePair()).isSameAs(pair.left().qp));
        }
    }
}
