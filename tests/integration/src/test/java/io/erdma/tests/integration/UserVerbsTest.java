package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.erdma.cm.RdmaCmEventType;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.provider.AsyncEvent;
import io.erdma.provider.CompletionChannel;
import io.erdma.provider.CompletionQueue;
import io.erdma.provider.Context;
import io.erdma.provider.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** User verbs over the model, connected by the connection manager, in both executions, with doorbell pages shared and of one's own. */
class UserVerbsTest {
    /** Several laps of a send ring of 64 WQEBBs, and of a CQ of 256. */
    private static final int ROUNDS = 200;

    static final FunctionSpec EXTENDED = FunctionSpec.builder().extendedDoorbells(true).build();

    static Stream<Arguments> cards() {
        return Arrays.stream(Mode.values()).flatMap(mode -> Stream.of(
                Arguments.of(mode + ", own doorbells", mode.with(EXTENDED)),
                Arguments.of(mode + ", shared doorbells", mode.with(FunctionSpec.defaults()))));
    }

    /** Two applications, connected. Closing it asserts that nothing is left. */
    record Scene(Tenants tenants, UserEnd alice, UserEnd bob, UserEnd.Link link) implements AutoCloseable {
        static Scene on(CardSpec card) {
            Tenants tenants = Tenants.on(card);
            Host a = tenants.host("alice");
            Host b = tenants.host("bob");
            UserEnd left = UserEnd.of(a);
            UserEnd right = UserEnd.of(b);
            return new Scene(tenants, left, right, UserEnd.connect(a, left, b, right));
        }

        @Override
        public void close() {
            link.close();
            alice.close();
            bob.close();
            tenants.close();
        }
    }

    private static SendRequest request(WrOpcode opcode, UserEnd from, long offset, int length, UserEnd to, long at) {
        SendRequest request = from.mr.addTo(new SendRequest(), offset, length);
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = to.address(at);
        request.remoteKey = to.mr.rkey();
        return request;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cards")
    void sends_bringEveryByte_overManyLaps(String name, CardSpec card) {
        try (Scene scene = Scene.on(card)) {
            for (int round = 0; round < ROUNDS; round++) {
                int length = round * 7;
                scene.alice.fill(0, length, round);
                scene.bob.receive(round, 32 << 10, 2048);
                SendRequest send = scene.alice.mr.addTo(new SendRequest(), 0, length / 2);
                scene.alice.mr.addTo(send, length / 2, length - length / 2);
                send.opcode = round % 2 == 0 ? WrOpcode.SEND : WrOpcode.SEND_WITH_IMM;
                send.immediate = round;
                send.wrId = -round;
                send.flags = SendFlag.SIGNALED | SendFlag.SOLICITED;
                scene.alice.post(send);

                assertThat(scene.alice.awaitOk().wrId).isEqualTo(-round);
                WorkCompletion received = scene.bob.awaitOk();
                assertThat(received.wrId).isEqualTo(round);
                assertThat(received.opcode).isEqualTo(WcOpcode.RECV);
                assertThat(received.byteLength).isEqualTo(length);
                assertThat((received.flags & WorkCompletion.WITH_IMM) != 0).isEqualTo(round % 2 == 1);
                assertThat(scene.bob.bytes(32 << 10, length)).isEqualTo(scene.alice.bytes(0, length));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cards")
    void chains_ofWrites_inlineAndNot_thenARead_bringEveryByte(String name, CardSpec card) {
        try (Scene scene = Scene.on(card)) {
            for (int round = 0; round < ROUNDS; round++) {
                scene.alice.fill(0, 2000, round);
                SendRequest first = new SendRequest().addInline(scene.alice.memory, 0, 90);
                first.opcode = WrOpcode.RDMA_WRITE;
                first.remoteAddress = scene.bob.address(8192);
                first.remoteKey = scene.bob.mr.rkey();
                SendRequest second = request(WrOpcode.RDMA_WRITE, scene.alice, 90, 1910, scene.bob, 8192 + 90);
                SendRequest read = request(WrOpcode.RDMA_READ, scene.alice, 16384, 2000, scene.bob, 8192);
                second.flags = 0;
                first.next = second;
                second.next = read;
                scene.alice.post(first);

                assertThat(scene.alice.awaitOk().opcode).isEqualTo(WcOpcode.RDMA_READ);
                assertThat(scene.bob.bytes(8192, 2000)).isEqualTo(scene.alice.bytes(0, 2000));
                assertThat(scene.alice.bytes(16384, 2000)).isEqualTo(scene.alice.bytes(0, 2000));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cards")
    void writeWithImmediate_andAtomics_work(String name, CardSpec card) {
        try (Scene scene = Scene.on(card)) {
            for (int round = 0; round < ROUNDS; round++) {
                scene.bob.putLong(0, round);
                scene.bob.receive(round, 0, 0);
                SendRequest write = request(WrOpcode.RDMA_WRITE_WITH_IMM, scene.alice, 64, 8, scene.bob, 128);
                write.immediate = ~round;
                SendRequest add = request(WrOpcode.ATOMIC_FETCH_AND_ADD, scene.alice, 8, 8, scene.bob, 0);
                add.compareAdd = 5;
                SendRequest swap = request(WrOpcode.ATOMIC_CMP_AND_SWP, scene.alice, 16, 8, scene.bob, 0);
                swap.compareAdd = round + 5L;
                swap.swap = -1;
                write.next = add;
                add.next = swap;
                scene.alice.post(write);

                assertThat(scene.alice.awaitOk().opcode).isEqualTo(WcOpcode.RDMA_WRITE);
                assertThat(scene.alice.awaitOk().opcode).isEqualTo(WcOpcode.FETCH_ADD);
                assertThat(scene.alice.awaitOk().opcode).isEqualTo(WcOpcode.COMP_SWAP);
                WorkCompletion told = scene.bob.awaitOk();
                assertThat(told.opcode).isEqualTo(WcOpcode.RECV_RDMA_WITH_IMM);
                assertThat(told.immediate).isEqualTo(~round);
                assertThat(scene.alice.getLong(8)).isEqualTo(round);
                assertThat(scene.alice.getLong(16)).isEqualTo(round + 5L);
                assertThat(scene.bob.getLong(0)).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aUserQp_andAKernelQp_areConnectedAlike(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.with(EXTENDED)); Side kernel = Side.of(tenants.device("bob"))) {
            UserEnd user = UserEnd.of(tenants.host("alice"));
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), user.qp.qpn(), tenants.host("bob"),
                    kernel.qp.qpn());
            user.putLong(0, 42);
            kernel.receive(1, 0, 8);
            SendRequest send = user.mr.addTo(new SendRequest(), 0, 8);
            send.flags = SendFlag.SIGNALED;
            user.post(send);

            user.awaitOk();
            kernel.awaitOk();
            assertThat(kernel.getLong(0)).isEqualTo(42);
            link.close();
            user.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void events_ofAnArmedCq_comeByItsChannel(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.with(EXTENDED))) {
            Context context = tenants.host("bob").openDevice("erdma0");
            CompletionChannel channel = context.createCompletionChannel();
            UserEnd bob = UserEnd.of(context, cq -> cq.channel(channel), qp -> qp);
            UserEnd alice = UserEnd.of(tenants.host("alice"));
            UserEnd.Link link = UserEnd.connect(tenants.host("alice"), alice, tenants.host("bob"), bob);
            for (int round = 0; round < ROUNDS; round++) {
                bob.receive(round, 0, 8);
                assertThat(bob.cq.reqNotify(round % 2 == 0 ? NotifyKind.NEXT_COMPLETION : NotifyKind.SOLICITED))
                        .isFalse();
                SendRequest send = alice.mr.addTo(new SendRequest(), 0, 8);
                send.flags = SendFlag.SOLICITED | SendFlag.SIGNALED;
                alice.post(send);

                assertThat(channel.getEvent()).isSameAs(bob.cq);
                bob.cq.ackEvents(1);
                bob.awaitOk();
                alice.awaitOk();
            }
            assertThat(channel.pollEvent()).isEmpty();
            link.close();
            alice.close();
            bob.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterADisconnect_whatWasPosted_andWhatIsPostedLate_comesBackFlushed(Mode mode) {
        try (Scene scene = Scene.on(mode.with(EXTENDED))) {
            scene.bob.receive(1, 0, 8);
            scene.link.out().disconnect();
            UserEnd.expect(scene.link.inEvents(), RdmaCmEventType.DISCONNECTED);
            UserEnd.expect(scene.link.outEvents(), RdmaCmEventType.DISCONNECTED);
            assertThat(scene.bob.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(1);

            for (UserEnd end : new UserEnd[]{ scene.alice, scene.bob }) {
                SendRequest late = end.mr.addTo(new SendRequest(), 0, 8);
                late.wrId = 2;
                end.post(late);
                assertThat(end.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(2);
                end.receive(3, 0, 8);
                assertThat(end.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(3);
            }
            scene.alice.qp.modify(QpState.ERR);
            assertThat(scene.alice.qp.postSend(new SendRequest())).isEqualTo(PostResult.refused(Errno.EIO, 0));
            assertThat(scene.bob.qp.postRecv(new ReceiveRequest())).isEqualTo(PostResult.ok(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBadKey_failsTheRequest_andTellsBothPrograms(Mode mode) throws InterruptedException {
        try (Scene scene = Scene.on(mode.with(EXTENDED))) {
            SendRequest write = request(WrOpcode.RDMA_WRITE, scene.alice, 0, 8, scene.bob, 0);
            write.remoteKey += 1;
            scene.alice.post(write);

            scene.alice.await(WcStatus.REM_ACCESS_ERR);
            assertThat(scene.bob.context.getAsyncEvent())
                    .isEqualTo(new AsyncEvent.OfQueuePair(AsyncEventType.QP_FATAL, scene.bob.qp));
            assertThat(scene.alice.context.getAsyncEvent().type()).isEqualTo(AsyncEventType.QP_FATAL);
            assertThat(scene.bob.getLong(0)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void directBuffers_areReadAndWritten(Mode mode) {
        try (Scene scene = Scene.on(mode.with(EXTENDED))) {
            ByteBuffer source = ByteBuffer.allocateDirect(256);
            for (int i = 0; i < 256; i++) {
                source.put((byte) i);
            }
            try (MemoryRegion mr = scene.alice.pd.regMr(source.position(16).limit(80), Access.LOCAL_WRITE)) {
                SendRequest write = mr.addTo(new SendRequest(), 0, 64);
                write.opcode = WrOpcode.RDMA_WRITE;
                write.flags = SendFlag.SIGNALED;
                write.remoteAddress = scene.bob.address(0);
                write.remoteKey = scene.bob.mr.rkey();
                scene.alice.post(write);
                scene.alice.awaitOk();
            }
            assertThat(scene.bob.bytes(0, 65)).startsWith(16, 17).endsWith(78, 79, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aQpAndACq_thatManyThreadsUse_loseNothing(Mode mode) throws InterruptedException {
        int threads = 3;
        int messages = 2_000;
        try (Scene scene = Scene.on(mode.with(EXTENDED))) {
            AtomicInteger posted = new AtomicInteger();
            AtomicInteger completed = new AtomicInteger();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> all = new ArrayList<>();
            for (int n = 0; n < threads; n++) {
                SendRequest write = request(WrOpcode.RDMA_WRITE, scene.alice, 0, 8, scene.bob, 0);
                WorkCompletion[] completions = WorkCompletion.array(4);
                all.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (completed.get() < messages && failure.get() == null) {
                            if (posted.get() < messages && PostResult.isOk(scene.alice.qp.postSend(write))) {
                                posted.incrementAndGet();
                            }
                            int taken = scene.alice.cq.poll(completions);
                            for (int i = 0; i < taken; i++) {
                                assertThat(completions[i].status).isEqualTo(WcStatus.SUCCESS);
                            }
                            completed.addAndGet(taken);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (Thread thread : all) {
                thread.join();
            }
            assertThat(failure.get()).isNull();
            Await.until("the rest has come", () -> {
                completed.addAndGet(scene.alice.cq.poll(WorkCompletion.array(1)));
                return completed.get() >= posted.get();
            });
            assertThat(completed.get()).isEqualTo(posted.get());
        }
    }

    @Test
    void devicesAreOpenedByName() {
        try (Tenants tenants = Tenants.on(Mode.INLINE.strict())) {
            Host alice = tenants.host("alice");
            assertThat(alice.deviceNames()).containsExactly("erdma0");
            assertRefused(Errno.ENODEV, () -> alice.openDevice("erdma1"));
            try (Context context = alice.openDevice("erdma0")) {
                assertThat(context.deviceName()).isEqualTo("erdma0");
                assertThat(context.attributes().maxQp()).isEqualTo(1023);
            }
        }
    }

    @Test
    void anUnprivilegedProcess_opensDevicesWithDoorbellsOfItsOwn_only() {
        try (Tenants plain = Tenants.on(Mode.INLINE.strict());
                UserProcess process = plain.host("alice").startProcess("app", false)) {
            assertRefused(Errno.EPERM, () -> plain.host("alice").openDevice("erdma0", process));
        }
        try (Tenants own = Tenants.on(Mode.INLINE.with(EXTENDED));
                UserProcess process = own.host("alice").startProcess("app", false)) {
            own.host("alice").openDevice("erdma0", process).close();
        }
    }

    @Test
    void manyCqs_ofEverySize_areUsableAtOnce() {
        try (Tenants tenants = Tenants.on(Mode.INLINE.with(EXTENDED));
                Context context = tenants.host("alice").openDevice("erdma0")) {
            for (int entries = 1; entries <= 1 << 16; entries *= 4) {
                CompletionQueue cq = context.createCq(entries);
                assertThat(cq.entries()).isGreaterThanOrEqualTo(Math.max(64, entries));
                assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
            }
        }
    }

    static void assertRefused(Errno errno, ThrowingCallable call) {
        ErrnoException failure = catchThrowableOfType(ErrnoException.class, call);
        assertThat(failure).as("refused with " + errno).isNotNull();
        assertThat(failure.errno()).as(failure.getMessage()).isEqualTo(errno);
    }
}
