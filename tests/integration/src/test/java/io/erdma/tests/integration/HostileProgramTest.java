package io.erdma.tests.integration;

import static io.erdma.tests.integration.UserVerbsTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.tests.integration.RawProgram.Objects;
import io.erdma.verbs.QpModifyAttributes;
import io.erdma.verbs.UserQpInit;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A program that means no good, between another on its host and one on another host: what it asks for is refused, changes nothing on either host, and disturbs
 * nobody; and when it asks for something sensible, it gets it.
 */
class HostileProgramTest {
    /** Everybody there is. */
    private static final class Scene implements AutoCloseable {
        final Tenants tenants;
        final Host alice;
        final Host bob;
        final RawProgram villain;
        final Objects villains;
        final RawProgram neighbour;
        final Objects neighbours;
        final RawProgram stranger;
        final Objects strangers;
        final UserEnd left;
        final UserEnd right;
        final UserEnd.Link link;
        private long sent;

        Scene(Mode mode) {
            tenants = Tenants.on(mode.with(UserVerbsTest.EXTENDED));
            alice = tenants.host("alice");
            bob = tenants.host("bob");
            villain = RawProgram.on(alice, "villain");
            villains = villain.make();
            neighbour = RawProgram.on(alice, "neighbour");
            neighbours = neighbour.make();
            stranger = RawProgram.on(bob, "stranger");
            // each device counts its handles for itself: those of the other are not to be numbers that are handles here
            for (int i = 0; i < 50; i++) {
                stranger.kernel.deallocPd(stranger.kernel.allocPd());
            }
            strangers = stranger.make();
            left = UserEnd.of(alice);
            right = UserEnd.of(bob);
            link = UserEnd.connect(alice, left, bob, right);
        }

        /** All objects, and all that is mapped or allocated, on both hosts. */
        List<Object> census() {
            return List.of(tenants.device("alice").snapshot(), tenants.device("bob").snapshot(),
                    tenants.card().vport("alice").ledger().outstanding(),
                    tenants.card().vport("bob").ledger().outstanding(), villain.process.openFiles(),
                    neighbour.process.openFiles(), villain.process.memoryBytes());
        }

        void assertBystandersWork() {
            left.putLong(0, ++sent);
            SendRequest write = left.mr.addTo(new SendRequest(), 0, 8);
            write.opcode = WrOpcode.RDMA_WRITE;
            write.flags = SendFlag.SIGNALED;
            write.remoteAddress = right.address(0);
            write.remoteKey = right.mr.rkey();
            left.post(write);
            left.awaitOk();
            assertThat(right.getLong(0)).isEqualTo(sent);
        }

        @Override
        public void close() {
            link.close();
            left.close();
            right.close();
            villain.close();
            neighbour.close();
            stranger.close();
            tenants.close();
        }
    }

    private interface Call {
        void make(Scene scene);
    }

    private static MemorySegment longer(MemorySegment request, int bytes, int at) {
        byte[] longer = new byte[bytes];
        MemorySegment.copy(request, ValueLayout.JAVA_BYTE, 0, longer, 0, 24);
        longer[at] = 1;
        return MemorySegment.ofArray(longer);
    }

    private static void createCq(Scene scene, MemorySegment request) {
        scene.villain.kernel.createCq(RawProgram.CQES, 0, 0, request, RawProgram.response(8));
    }

    private static void createQp(Scene scene, MemorySegment request) {
        createQp(scene, RawProgram.init(scene.villains.pd(), scene.villains.cq()), request);
    }

    private static void createQp(Scene scene, UserQpInit init, MemorySegment request) {
        scene.villain.kernel.createQp(init, request, RawProgram.response(16));
    }

    private static void createQp(Scene scene, int sends, int receives) {
        createQp(scene, new UserQpInit(scene.villains.pd(), scene.villains.cq(), scene.villains.cq(),
                new QpCapabilities(sends, receives, 1, 1, 0), QpType.RC), scene.villain.qpRequest());
    }

    private static MemorySegment cqAt(Scene scene, long buffer) {
        return RawProgram.request(scene.villain.memory.address(), buffer, RawProgram.CQ_BYTES);
    }

    private static MemorySegment qpAt(Scene scene, long buffer) {
        return RawProgram.request(scene.villain.memory.address(), buffer, RawProgram.QP_BYTES);
    }

    private static MemorySegment cqWithRecord(Scene scene, long record) {
        return RawProgram.request(record, scene.villain.memory.address() + 4096, RawProgram.CQ_BYTES);
    }

    private static final int MAX_CQES = 1 << 20;

    /** What the villain asks for. */
    private enum Wrong {
        SHORT_CQ_REQUEST(Errno.EINVAL, s -> createCq(s, s.villain.cqRequest().asSlice(0, 23))),
        SHORT_QP_REQUEST(Errno.EINVAL, s -> createQp(s, s.villain.qpRequest().asSlice(0, 23))),
        RESERVED_BYTE_OF_CQ(Errno.EINVAL, s -> createCq(s, longer(s.villain.cqRequest(), 24, 23))),
        RESERVED_BYTE_OF_QP(Errno.EINVAL, s -> createQp(s, longer(s.villain.qpRequest(), 24, 20))),
        TAIL_OF_CQ(Errno.EINVAL, s -> createCq(s, longer(s.villain.cqRequest(), 100, 99))),
        TAIL_OF_QP(Errno.EINVAL, s -> createQp(s, longer(s.villain.qpRequest(), 25, 24))),
        READ_ONLY_RESPONSE(Errno.EFAULT, s -> s.villain.kernel.createCq(RawProgram.CQES, 0, 0, s.villain.cqRequest(),
                RawProgram.response(8).asReadOnly())),
        RING_OF_NOBODY(Errno.EFAULT, s -> createCq(s, cqAt(s, 4096))),
        RING_AT_0(Errno.EFAULT, s -> createQp(s, qpAt(s, 0))),
        RING_AT_THE_END(Errno.EFAULT, s -> createQp(s, qpAt(s, Long.MAX_VALUE & -4096))),
        RING_BELOW_0(Errno.EFAULT, s -> createQp(s, qpAt(s, Long.MIN_VALUE))),
        RING_OF_THE_NEIGHBOUR(Errno.EFAULT, s -> createCq(s, cqAt(s, s.neighbour.memory.address()))),
        QUEUES_OF_THE_NEIGHBOUR(Errno.EFAULT, s -> createQp(s, qpAt(s, s.neighbour.memory.address()))),
        RING_OF_THE_STRANGER(Errno.EFAULT, s -> createCq(s, cqAt(s, s.stranger.memory.address()))),
        RING_UNALIGNED(Errno.EINVAL, s -> createCq(s, cqAt(s, s.villain.memory.address() + 8))),
        QUEUES_UNALIGNED(Errno.EINVAL, s -> createQp(s, qpAt(s, s.villain.memory.address() + 2048))),
        RECORD_UNALIGNED(Errno.EINVAL, s -> createCq(s, cqWithRecord(s, s.villain.memory.address() + 4))),
        RECORD_OF_THE_NEIGHBOUR(Errno.EFAULT, s -> createCq(s, cqWithRecord(s, s.neighbour.memory.address()))),
        NO_ENTRIES(Errno.EINVAL, s -> entries(s, 0)),
        TOO_MANY_ENTRIES(Errno.EINVAL, s -> entries(s, MAX_CQES + 1)),
        NEGATIVE_ENTRIES(Errno.EINVAL, s -> entries(s, Integer.MIN_VALUE)),
        MORE_ENTRIES_THAN_BYTES(Errno.EINVAL, s -> entries(s, MAX_CQES)),
        TOO_MANY_SENDS(Errno.EINVAL, s -> createQp(s, 8193, 8)),
        SENDS_THAT_OVERFLOW(Errno.EINVAL, s -> createQp(s, 1 << 30, 8)),
        NEGATIVE_RECEIVES(Errno.EINVAL, s -> createQp(s, 16, -1)),
        PD_OF_THE_NEIGHBOUR(Errno.ENOENT, s -> createQp(s, RawProgram.init(s.neighbours.pd(), s.villains.cq()),
                s.villain.qpRequest())),
        CQ_OF_THE_NEIGHBOUR(Errno.ENOENT, s -> createQp(s, RawProgram.init(s.villains.pd(), s.neighbours.cq()),
                s.villain.qpRequest())),
        CQ_OF_THE_STRANGER(Errno.ENOENT, s -> createQp(s, RawProgram.init(s.villains.pd(), s.strangers.cq()),
                s.villain.qpRequest())),
        CHANNEL_OF_THE_NEIGHBOUR(Errno.ENOENT, s -> s.villain.kernel.createCq(RawProgram.CQES, 0,
                s.neighbours.channel(), s.villain.cqRequest(), RawProgram.response(8))),
        CHANNEL_OF_THE_STRANGER(Errno.ENOENT, s -> s.villain.kernel.createCq(RawProgram.CQES, 0,
                s.strangers.channel(), s.villain.cqRequest(), RawProgram.response(8))),
        EVENTS_OF_THE_NEIGHBOUR(Errno.ENOENT, s -> s.villain.kernel.pollCompletionEvent(s.neighbours.channel())),
        QP_OF_THE_NEIGHBOUR(Errno.ENOENT, s -> s.villain.kernel.modifyQp(s.neighbours.qp(),
                QpModifyAttributes.to(QpState.ERR))),
        END_OF_THE_NEIGHBOURS_QP(Errno.ENOENT, s -> s.villain.kernel.destroyQp(s.neighbours.qp())),
        END_OF_THE_NEIGHBOURS_CQ(Errno.ENOENT, s -> s.villain.kernel.destroyCq(s.neighbours.cq())),
        END_OF_THE_NEIGHBOURS_MR(Errno.ENOENT, s -> s.villain.kernel.deregMr(s.neighbours.mr().handle())),
        END_OF_THE_STRANGERS_QP(Errno.ENOENT, s -> s.villain.kernel.destroyQp(s.strangers.qp())),
        END_OF_A_BUSY_CQ(Errno.EBUSY, s -> s.villain.kernel.destroyCq(s.villains.cq())),
        END_OF_A_BUSY_PD(Errno.EBUSY, s -> s.villain.kernel.deallocPd(s.villains.pd())),
        END_OF_A_BUSY_CHANNEL(Errno.EBUSY, s -> s.villain.kernel.destroyChannel(s.villains.channel())),
        REGION_OF_NOTHING(Errno.EINVAL, s -> register(s, s.villain.data().asSlice(0, 0), 0)),
        REGION_OF_READ_ONLY_MEMORY(Errno.EINVAL, s -> register(s, s.villain.data().asReadOnly(), 1)),
        REGION_OF_THE_HEAP(Errno.EINVAL, s -> register(s, RawProgram.response(4096), 0)),
        REGION_WITH_UNKNOWN_RIGHTS(Errno.EINVAL, s -> register(s, s.villain.data(), 1 << 12)),
        REGION_ON_DEMAND(Errno.EOPNOTSUPP, s -> register(s, s.villain.data(), 1 << 6)),
        DOORBELLS_BEYOND_ITS_OWN(Errno.EINVAL, s -> s.villain.kernel.mmap(3 * 4096, 4096)),
        ALL_REGISTERS(Errno.EINVAL, s -> s.villain.kernel.mmap(0, 512 << 10));

        private final Errno errno;
        private final Call call;

        Wrong(Errno errno, Call call) {
            this.errno = errno;
            this.call = call;
        }
    }

    private static void entries(Scene scene, int entries) {
        scene.villain.kernel.createCq(entries, 0, 0, scene.villain.cqRequest(), RawProgram.response(8));
    }

    private static void register(Scene scene, MemorySegment memory, int access) {
        scene.villain.kernel.regMr(scene.villains.pd(), memory, memory.address(), access);
    }

    @ParameterizedTest
    @EnumSource
    void whatItShouldNotAskFor_isRefused_changesNothing_andDisturbsNobody(Mode mode) {
        try (Scene scene = new Scene(mode)) {
            for (Wrong wrong : Wrong.values()) {
                List<Object> before = scene.census();
                assertRefused(wrong.errno, () -> wrong.call.make(scene));
                assertThat(scene.census()).as("%s", wrong).isEqualTo(before);
                scene.assertBystandersWork();
            }
            assertItWorks(scene.alice, scene.villain, scene.villains, scene.bob, scene.stranger, scene.strangers);
            scene.assertBystandersWork();
        }
    }

    @ParameterizedTest
    @EnumSource
    void onceItsContextIsClosed_everythingIsEbadf_andItsNextContextWorks(Mode mode) {
        try (Scene scene = new Scene(mode)) {
            scene.villain.kernel.close();
            List<Object> before = scene.census();
            assertRefused(Errno.EBADF, () -> scene.villain.kernel.destroyQp(scene.villains.qp()));
            assertRefused(Errno.EBADF, () -> scene.villain.kernel.deallocPd(scene.villains.pd()));
            assertRefused(Errno.EBADF, () -> createCq(scene, scene.villain.cqRequest()));
            assertRefused(Errno.EBADF, () -> createQp(scene, scene.villain.qpRequest()));
            assertRefused(Errno.EBADF, () -> scene.villain.kernel.mmap(0, 4096));
            scene.villain.kernel.close();
            assertThat(scene.census()).isEqualTo(before);
            scene.assertBystandersWork();

            try (RawProgram again = RawProgram.on(scene.alice, "again")) {
                assertItWorks(scene.alice, again, again.make(), scene.bob, scene.stranger, scene.strangers);
            }
            scene.assertBystandersWork();
        }
    }

    /** Connects the two, and has a WRITE of the first arrive at the second. */
    private static void assertItWorks(Host from, RawProgram sender, Objects out, Host to, RawProgram receiver,
            Objects in) {
        try (UserEnd.Link link = UserEnd.connect(from, out.qpn(), to, in.qpn())) {
            assertThat(link.out().device()).isPresent();
            sender.data().set(ValueLayout.JAVA_LONG, 0, 0xBEEF);
            sender.write(out, sender.data().address(), out.mr().lkey(), receiver.data().address() + 8,
                    in.mr().rkey());
            assertThat(sender.awaitSyndrome()).isZero();
            assertThat(receiver.data().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(0xBEEF);
        }
        sender.destroy(out);
    }
}
