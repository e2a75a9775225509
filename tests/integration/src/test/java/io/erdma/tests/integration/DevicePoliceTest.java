package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.Syndrome;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.provider.CompletionChannel;
import io.erdma.provider.Context;
import io.erdma.tests.integration.RawProgram.Objects;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What only the device can see to, for no kernel stands between a program's requests and it: whose queues a doorbell rings, and whose memory a key opens. */
class DevicePoliceTest {
    private static final long SECRET = 0x5EC2E7;

    private static long counter(Tenants tenants, String name) {
        Vport vport = tenants.card().vport("alice");
        return vport.counters(vport.functions().getFirst()).get(name);
    }

    /** Both executions, with doorbell pages that are shared and that are not. */
    static Stream<Arguments> cards() {
        return Arrays.stream(Mode.values()).flatMap(mode -> Stream.of(
                Arguments.of(mode + ", own doorbells", mode.with(UserVerbsTest.EXTENDED)),
                Arguments.of(mode + ", shared doorbells", mode.with(FunctionSpec.defaults()))));
    }

    /** A privileged program of alice's and one of bob's, connected, and memory of alice's kernel that no program has any business with. */
    private static final class Scene implements AutoCloseable {
        final Tenants tenants;
        final RawProgram villain;
        final Objects villains;
        final RawProgram peer;
        final Objects peers;
        final UserEnd.Link link;
        final DmaMemory kernels;
        final int key;

        Scene(CardSpec card) {
            tenants = Tenants.on(card);
            Host alice = tenants.host("alice");
            Host bob = tenants.host("bob");
            villain = RawProgram.privileged(alice, "villain");
            villains = villain.make();
            peer = RawProgram.privileged(bob, "peer");
            peers = peer.make();
            link = UserEnd.connect(alice, villains.qpn(), bob, peers.qpn());
            kernels = alice.machine().functions().getFirst().allocateCoherent(4096, 4096);
            kernels.segment().set(ValueLayout.JAVA_LONG, 0, SECRET);
            key = tenants.device("alice").capabilities().localDmaKey();
        }

        @Override
        public void close() {
            link.close();
            villain.close();
            peer.close();
            kernels.close();
            tenants.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cards")
    void theKeyOfAllMemory_opensNothingToAProgramThatKnowsIt_neitherToReadNorToWrite(String name, CardSpec card) {
        try (Scene scene = new Scene(card)) {
            assertThat(scene.villain.kernel.queryDevice().localDmaLkey()).as("it is not told").isZero();

            scene.villain.write(scene.villains, scene.kernels.deviceAddress(), scene.key,
                    scene.peer.data().address(), scene.peers.mr().rkey());

            assertThat(scene.villain.awaitSyndrome()).isEqualTo(Syndrome.LOCAL_STAG);
            assertThat(scene.peer.data().get(ValueLayout.JAVA_LONG, 0)).isZero();
        }
        try (Scene scene = new Scene(card)) {
            try (Side kernel = Side.of(scene.tenants.device("bob")); RawProgram other = other(scene)) {
                Objects others = other.make();
                other.receive(others, scene.kernels.deviceAddress(), scene.key);
                UserEnd.Link second = UserEnd.connect(scene.tenants.host("bob"), kernel.qp.qpn(),
                        scene.tenants.host("alice"), others.qpn());
                SendRequest send = new SendRequest().addSge(kernel.address(0), 8, kernel.mr.lkey());
                send.flags = SendFlag.SIGNALED;
                kernel.post(send);

                assertThat(kernel.await().status.ordinal()).isNotZero();
                assertThat(other.awaitSyndrome()).isEqualTo(Syndrome.REMOTE_STAG);
                assertThat(scene.kernels.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(SECRET);
                second.close();
            }
        }
    }

    private static RawProgram other(Scene scene) {
        return RawProgram.privileged(scene.tenants.host("alice"), "other");
    }

    @ParameterizedTest
    @EnumSource
    void armsOfAnothersCq_raiseNoEventForIt_andAreCounted(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED));
                RawProgram villain = RawProgram.on(tenants.host("alice"), "villain")) {
            Context context = tenants.host("alice").openDevice("erdma0");
            CompletionChannel channel = context.createCompletionChannel();
            UserEnd victim = UserEnd.of(context, cq -> cq.channel(channel), qp -> qp);
            UserEnd friend = UserEnd.of(tenants.host("bob"));
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), victim, tenants.host("bob"), friend);
            long before = counter(tenants, "foreign_doorbells");

            for (int arm = 0; arm < 4; arm++) {
                villain.completionPage.write64(0, CqDoorbell.compose(arm, victim.cq.cqn(), true, false, arm, 0));
            }
            writeEight(victim, friend);

            assertThat(counter(tenants, "foreign_doorbells") - before).isEqualTo(4);
            assertThat(channel.pollEvent()).isEmpty();
            for (int round = 0; round < 3; round++) {
                victim.cq.reqNotify(NotifyKind.NEXT_COMPLETION);
                writeEight(victim, friend);
                assertThat(channel.getEvent()).isSameAs(victim.cq);
                victim.cq.ackEvents(1);
                assertThat(channel.pollEvent()).as("one event for each arm of its own").isEmpty();
            }
            link.close();
            friend.close();
            context.close();
            victim.close();
        }
    }

    private static void writeEight(UserEnd from, UserEnd to) {
        SendRequest write = from.mr.addTo(new SendRequest(), 0, 8);
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        write.remoteAddress = to.address(0);
        write.remoteKey = to.mr.rkey();
        from.post(write);
        from.awaitOk();
    }

    @ParameterizedTest
    @EnumSource
    void inSharedPages_numbersOfNobodyAreCounted_andIndicesThatCannotBeAreIgnored(Mode mode) {
        try (Scene scene = new Scene(mode.with(FunctionSpec.defaults()))) {
            long foreign = counter(scene.tenants, "foreign_doorbells");
            long ignored = counter(scene.tenants, "ignored_doorbells");
            int qpn = scene.villains.qpn();

            for (int nobody : new int[]{ 0, qpn + 100, 0xFFFFF }) {
                scene.villain.sendPage.write64(0, SqDoorbell.compose(nobody, 1));
                scene.villain.receivePage.write64(0, RqDoorbell.compose(nobody, 1));
                scene.villain.completionPage.write64(0, CqDoorbell.compose(0, nobody, true, false, 0, 0));
            }
            for (int index : new int[]{ 65, 0x7FFF, 0x8000, 0xFFFF }) {
                scene.villain.sendPage.write64(0, SqDoorbell.compose(qpn, index));
                scene.villain.receivePage.write64(0, RqDoorbell.compose(qpn, index));
            }

            assertThat(counter(scene.tenants, "foreign_doorbells") - foreign).isEqualTo(9);
            assertThat(counter(scene.tenants, "ignored_doorbells") - ignored).isEqualTo(8);
            assertThat(scene.villain.nothingCompleted()).isTrue();
            assertItWorks(scene);
        }
    }

    private static void assertItWorks(Scene scene) {
        scene.villain.data().set(ValueLayout.JAVA_LONG, 8, 4711);
        scene.villain.write(scene.villains, scene.villain.data().address() + 8, scene.villains.mr().lkey(),
                scene.peer.data().address(), scene.peers.mr().rkey());
        assertThat(scene.villain.awaitSyndrome()).isZero();
        assertThat(scene.peer.data().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(4711);
    }

    /** Rings whatever it can in the pages that a program had mapped. */
    private static void ring(Load load, RawProgram program, int numbers) {
        load.run(() -> {
            for (int number = 1; number <= numbers; number++) {
                program.sendPage.write64(0, SqDoorbell.compose(number, 2));
                program.receivePage.write64(0, RqDoorbell.compose(number, 1));
                program.completionPage.write64(0, CqDoorbell.compose(0, number, true, false, 0, 0));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void pagesThatAreGivenBackWhileTheyAreRung_andTakenByOthers_ringNothingOfThem(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED))) {
            UserEnd friend = UserEnd.of(tenants.host("bob"));
            try (Load ringing = new Load();
                    RawProgram villain = RawProgram.on(tenants.host("alice"), "villain")) {
                for (int i = 0; i < 2; i++) {
                    ring(ringing, villain, 64);
                }
                ringing.awaitRounds(10);
                villain.kernel.close();
                ringing.awaitRounds(2); // a write that was begun before is over: see the README of erdma-verbs

                for (int round = 0; round < 3; round++) {
                    UserEnd heir = UserEnd.of(tenants.host("alice"));
                    assertThat(heir.qp.qpn()).as("within the numbers that are rung").isLessThanOrEqualTo(64);
                    UserEnd.Link link = UserEnd.connect(tenants.host("alice"), heir, tenants.host("bob"), friend);
                    ringing.awaitRounds(10);
                    writeEight(heir, friend);
                    assertThat(heir.nothingCompleted()).isTrue();
                    link.close();
                    heir.close();
                    friend.close();
                    friend = UserEnd.of(tenants.host("bob"));
                }
            }
            friend.close();
        }
    }
}
