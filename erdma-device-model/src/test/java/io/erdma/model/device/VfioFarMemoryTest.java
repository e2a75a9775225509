package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.CqeOpcode;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.Syndrome;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.Ipv4;
import io.erdma.model.vfio.DmaService.Access;
import io.erdma.model.vfio.DmaService.Answer;
import io.erdma.model.vfio.ServerFixture;
import io.erdma.model.vfio.SocketBus;
import io.erdma.model.vfio.SocketBus.Backing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests whose memory has no descriptor, or only in part: queues, records, buffers and page tables are reached by messages. */
class VfioFarMemoryTest {
    private static final FunctionSpec SPEC = FunctionSpec.defaults();
    private static final long BASE = HostMemoryArea.BASE;
    private static final long BYTES = 8 << 20;
    private static final int TRANSFER = 1 << 20;

    /** Two guests on one card. */
    private static final class Guests implements AutoCloseable {
        final ServerFixture fixture;
        final Path alicePath;
        final Path bobPath;
        SocketBus aliceBus;
        final SocketBus bobBus;
        TestHost alice;
        TestHost bob;

        Guests(int engineThreads, Backing alices, Backing bobs, int transfer, Duration patience) {
            fixture = new ServerFixture(CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build());
            alicePath = fixture.serve("alice", SPEC, Optional.empty(), patience);
            bobPath = fixture.serve("bob", SPEC, Optional.empty(), patience);
            aliceBus = new SocketBus(alicePath, SPEC, BASE, BYTES, alices, transfer);
            bobBus = new SocketBus(bobPath, SPEC, BASE, BYTES, bobs, transfer);
            alice = host("alice", aliceBus);
            bob = host("bob", bobBus);
        }

        Guests(int engineThreads, Backing alices, Backing bobs) {
            this(engineThreads, alices, bobs, TRANSFER, Duration.ofMinutes(10));
        }

        private TestHost host(String vport, SocketBus bus) {
            TestHost host = new TestHost(bus, new HostMemoryArea(bus.memory), SPEC,
                    Ipv4.bits(fixture.card.vport(vport).spec().addresses().getFirst()));
            host.whileWaiting = Thread::yield;
            return host;
        }

        /** Both drivers begin anew, in memory that is as new. */
        void startAgain() {
            aliceBus.memory.fill((byte) 0);
            bobBus.memory.fill((byte) 0);
            alice = host("alice", aliceBus);
            bob = host("bob", bobBus);
        }

        /** Alice's client comes back, with memory that works. */
        void replaceAlice() {
            aliceBus.close();
            aliceBus = new SocketBus(alicePath, SPEC, BASE, BYTES, Backing.FAR, TRANSFER);
            alice = host("alice", aliceBus);
        }

        @Override
        public void close() {
            aliceBus.close();
            bobBus.close();
            fixture.close();
        }
    }

    /** A QP of Alice and one of Bob, joined. */
    private record Joined(TestQp out, TestQp in) {
        static Joined of(Guests guests) {
            TestQp out = guests.alice.qp(guests.alice.cq(4));
            TestQp in = guests.bob.qp(guests.bob.cq(4));
            TestHost.join(out, in);
            return new Joined(out, in);
        }
    }

    @ParameterizedTest
    @CsvSource({ "0, FAR, FAR", "1, FAR, FAR", "2, FAR, FAR", "0, FAR, NEAR", "0, NEAR, FAR", "0, MIXED, MIXED",
        "2, MIXED, FAR" })
    void guests_sendWriteReadAndCount_whereverTheirMemoryIs(int engineThreads, Backing alices, Backing bobs) {
        try (Guests guests = new Guests(engineThreads, alices, bobs)) {
            Joined qps = Joined.of(guests);
            int count = 300_000;
            TestMr source = guests.alice.mr(count + 16);
            TestMr target = guests.bob.mr(count + 16);
            source.fill(1);
            qps.out.write(TestQp.SIGNALED, target.stag(), target.va(3), Piece.of(source, 5, count)).ring();
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(3, count)).isEqualTo(source.copy(5, count));

            TestMr back = guests.alice.mr(count);
            qps.out.read(TestQp.SIGNALED, Piece.of(back, 0, count), target.stag(), target.va(3)).ring();
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(back.copy(0, count)).isEqualTo(source.copy(5, count));

            qps.in.receive(Piece.of(target, 0, 64));
            qps.out.send(TestQp.SIGNALED, Piece.of(source, 0, 8), Piece.of(source, 100, 8)).ring();
            assertThat(qps.in.receiveCq.await().bytes()).isEqualTo(16);
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 8)).isEqualTo(source.copy(0, 8));
            assertThat(target.copy(8, 8)).isEqualTo(source.copy(100, 8));

            qps.in.receive(Piece.of(target, 0, 64));
            qps.out.sendInline(TestQp.SIGNALED, (byte) 7).ring();
            assertThat(qps.in.receiveCq.await().opcode()).isEqualTo(CqeOpcode.RECV);
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, 1)).containsExactly(7);

            TestMr word = guests.bob.mr(8);
            for (int i = 0; i < 3; i++) {
                qps.out.fetchAndAdd(TestQp.SIGNALED, 5, Piece.of(back, 0, 8), word.stag(), word.va(0)).ring();
                assertThat(qps.out.sendCq.await().syndrome()).isZero();
                assertThat(back.copy(0, 1)).containsExactly(5 * i);
            }
            qps.out.compareAndSwap(TestQp.SIGNALED, 15, 99, Piece.of(back, 0, 8), word.stag(), word.va(0)).ring();
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(word.copy(0, 1)).containsExactly(99);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void completions_interruptTheGuest_whenTheyAreThere(int engineThreads) {
        try (Guests guests = new Guests(engineThreads, Backing.FAR, Backing.FAR)) {
            Joined qps = Joined.of(guests);
            qps.in.receiveCq.arm(false);
            qps.in.receive(Piece.of(guests.bob.mr(16), 0, 16));
            qps.out.sendInline(TestQp.SIGNALED, (byte) 7).ring();
            assertThat(guests.bobBus.awaitInterrupt(1)).isTrue();
            assertThat(qps.in.receiveCq.poll()).as("written before the interrupt").isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 7, 4096, 65536, 1 << 20 })
    void transfers_areSplit_asTheClientCanTakeThem(int transfer) {
        try (Guests guests = new Guests(0, Backing.FAR, Backing.NEAR, transfer, Duration.ofMinutes(10))) {
            Joined qps = Joined.of(guests);
            int count = Math.min(200_000, 300 * transfer);
            TestMr source = guests.alice.mr(count);
            TestMr target = guests.bob.mr(count);
            source.fill(3);
            qps.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, count)).ring();
            assertThat(qps.out.sendCq.await().syndrome()).isZero();
            assertThat(target.copy(0, count)).isEqualTo(source.copy(0, count));
            assertThat(guests.aliceBus.service.asked).allMatch(access -> access.bytes() <= Math.min(transfer, 65536));
        }
    }

    private static Function<Access, Answer> onceIn(long from, long bytes, Answer answer) {
        return access -> access.address() >= from && access.address() < from + bytes ? answer : Answer.GOOD;
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class, mode = EnumSource.Mode.EXCLUDE,
            names = { "GOOD", "NONE", "OTHER_ID", "HANG_UP" })
    void anAnswerThatIsNone_isAnErrorOfThatMemory_andNothingElse(Answer answer) {
        try (Guests guests = new Guests(0, Backing.FAR, Backing.FAR)) {
            TestMr target = guests.bob.mr(4096);
            TestMr source = guests.alice.mr(4096);
            Joined reading = Joined.of(guests);
            guests.aliceBus.service.plan(onceIn(source.address, 4096, answer));
            reading.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 4096)).ring();
            assertThat(reading.out.sendCq.await().syndrome()).isEqualTo(Syndrome.LOCAL_ADDRESS);

            guests.aliceBus.service.plan(access -> Answer.GOOD);
            guests.bobBus.service.plan(onceIn(target.address, 4096, answer));
            Joined writing = Joined.of(guests);
            writing.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 4096)).ring();
            assertThat(writing.out.sendCq.await().syndrome()).isNotZero();

            guests.bobBus.service.plan(access -> Answer.GOOD);
            Joined working = Joined.of(guests);
            working.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 4096)).ring();
            assertThat(working.out.sendCq.await().syndrome()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({ "0, NONE", "1, NONE", "0, OTHER_ID", "1, OTHER_ID", "0, HANG_UP", "1, HANG_UP" })
    void aClientThatNeverAnswers_isDropped_andOthersGoOn(int engineThreads, Answer answer) {
        Duration patience = answer == Answer.HANG_UP ? Duration.ofMinutes(10) : Duration.ofMillis(200);
        try (Guests guests = new Guests(engineThreads, Backing.FAR, Backing.NEAR, TRANSFER, patience)) {
            Joined qps = Joined.of(guests);
            TestMr source = guests.bob.mr(4096);
            TestMr target = guests.alice.mr(4096);
            guests.aliceBus.service.plan(onceIn(target.address, 4096, answer));
            qps.in.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 4096)).ring();
            assertThat(qps.in.sendCq.await().syndrome()).as("Bob's request to Alice").isNotZero();
            assertThat(guests.aliceBus.client.awaitEnd()).isTrue();

            guests.replaceAlice();
            Joined again = Joined.of(guests);
            TestMr fresh = guests.alice.mr(4096);
            again.in.write(TestQp.SIGNALED, fresh.stag(), fresh.va(), Piece.of(source, 0, 4096)).ring();
            assertThat(again.in.sendCq.await().syndrome()).isZero();
        }
    }

    /** What a guest may do while the engine of another waits for its memory: each ends the wait, and is not held up itself. */
    enum Ending {
        UNMAP,
        RESET,
        BUS_MASTER,
        REGISTER_RESET
    }

    @ParameterizedTest
    @EnumSource(Ending.class)
    void whoeverTakesMemoryAway_isNotHeldUp_byAnEngineThatWaitsForIt(Ending ending) throws InterruptedException {
        try (Guests guests = new Guests(0, Backing.NEAR, Backing.FAR)) {
            Joined qps = Joined.of(guests);
            TestMr source = guests.alice.mr(4096);
            TestMr target = guests.bob.mr(4096);
            CountDownLatch waiting = new CountDownLatch(1);
            guests.bobBus.service.plan(access -> {
                if (access.address() == target.address) {
                    waiting.countDown();
                    return Answer.NONE;
                }
                return Answer.GOOD;
            });
            qps.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 4096)).ring();
            waiting.await();
            switch (ending) {
                case UNMAP -> assertThat(guests.bobBus.client.unmap(BASE, BYTES)).isZero();
                case RESET -> guests.bobBus.reset();
                case BUS_MASTER -> guests.bobBus.client.write(7, 4, 2, 2);
                case REGISTER_RESET -> guests.bobBus.client.write(PciIds.FUNCTION_BAR, Registers.DEV_CTRL, 4,
                        Registers.DEV_CTRL_RESET);
            }
            assertThat(qps.out.sendCq.await().syndrome()).isNotZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void memory_canBecomeFarAndNearAgain_underQueuesThatAreUsed(int engineThreads) {
        try (Guests guests = new Guests(engineThreads, Backing.NEAR, Backing.NEAR)) {
            Joined qps = Joined.of(guests);
            TestMr source = guests.alice.mr(64);
            TestMr target = guests.bob.mr(64);
            for (int i = 0; i < 20; i++) {
                source.fill(i);
                qps.in.receive(Piece.of(target, 0, 64));
                qps.out.send(TestQp.SIGNALED, Piece.of(source, 0, 64)).ring();
                assertThat(qps.in.receiveCq.await().syndrome()).isZero();
                assertThat(qps.out.sendCq.await().syndrome()).isZero();
                assertThat(target.copy(0, 64)).isEqualTo(source.copy(0, 64));
                SocketBus bus = i % 2 == 0 ? guests.bobBus : guests.aliceBus;
                assertThat(bus.client.unmap(BASE, BYTES)).isZero();
                assertThat(bus.client.map(BASE, BYTES, 0, true, i % 4 < 2 ? -1 : bus.file)).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({ "0, NEAR", "0, FAR", "0, MIXED", "2, NEAR", "2, FAR", "2, MIXED" })
    void memoryThatIsTakenAway_whileEnginesUseIt_isUsedNoMore(int engineThreads, Backing backing) {
        try (Guests guests = new Guests(engineThreads, backing, backing)) {
            for (int round = 0; round < 10; round++) {
                Joined qps = Joined.of(guests);
                TestMr source = guests.alice.mr(1 << 18);
                TestMr target = guests.bob.mr(1 << 18);
                for (int i = 0; i < 8; i++) {
                    qps.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 1 << 18)).ring();
                }
                assertThat(guests.bobBus.unmapAll()).isZero();
                byte[] left = target.copy(0, 1 << 18);
                for (int i = 0; i < 8; i++) {
                    guests.bobBus.client.read(PciIds.FUNCTION_BAR, Registers.DEV_ST, 4);
                }
                assertThat(target.copy(0, 1 << 18)).as("nothing is written after the answer").isEqualTo(left);
                assertThat(qps.out.sendCq.await()).isNotNull();
                guests.bobBus.mapAgain();
                guests.bobBus.reset();
                guests.bobBus.client.write(7, 4, 2, 6);
                guests.aliceBus.reset();
                guests.aliceBus.client.write(7, 4, 2, 6);
                guests.startAgain();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 2 })
    void guestsThatWriteToEachOtherAtOnce_neverWaitForEachOther(int engineThreads) {
        try (Guests guests = new Guests(engineThreads, Backing.FAR, Backing.FAR)) {
            Joined qps = Joined.of(guests);
            TestMr alices = guests.alice.mr(1 << 16);
            TestMr bobs = guests.bob.mr(1 << 16);
            for (int i = 0; i < 200; i++) {
                qps.out.write(TestQp.SIGNALED, bobs.stag(), bobs.va(), Piece.of(alices, 0, 1 << 15)).ring();
                qps.in.write(TestQp.SIGNALED, alices.stag(), alices.va(1 << 15), Piece.of(bobs, 1 << 15, 1 << 15))
                        .ring();
                assertThat(qps.out.sendCq.await().syndrome()).isZero();
                assertThat(qps.in.sendCq.await().syndrome()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void aClientThatReadsARegister_beforeItServesMemory_getsIt(int engineThreads) throws InterruptedException {
        try (Guests guests = new Guests(engineThreads, Backing.FAR, Backing.NEAR)) {
            Joined qps = Joined.of(guests);
            TestMr source = guests.alice.mr(64);
            TestMr target = guests.bob.mr(64);
            CountDownLatch waiting = new CountDownLatch(1);
            SocketBus bus = guests.aliceBus;
            bus.service.plan(access -> {
                if (access.address() == source.address) {
                    waiting.countDown();
                    return Answer.NONE;
                }
                return Answer.GOOD;
            });
            qps.out.write(TestQp.SIGNALED, target.stag(), target.va(), Piece.of(source, 0, 64)).ring();
            waiting.await();
            assertThat(bus.client.read(PciIds.FUNCTION_BAR, Registers.DEV_ST, 4)).isEqualTo(Registers.DEV_ST_INIT_DONE);
        }
    }
}
