package io.erdma.qp;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.FastRegistration;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Mtt;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeUdSend;
import io.erdma.hw.SqeWrite;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every request, at every position of the ring, read back as the device reads it. */
class SendRingFormatTest {
    private static final int DEPTH = 8;
    private static final int IMMEDIATE = 0xA1B2C3D4;
    private static final int INVALIDATE = 0xE5F60718;
    private static final long REMOTE_ADDRESS = 0x1122_3344_5566_7788L;
    private static final int REMOTE_KEY = 0x99AABBCC;

    /** How a request carries its data: SGEs, or inline bytes in so many pieces. */
    record Payload(boolean inline, List<Integer> lengths) {
        int total() {
            return lengths.stream().mapToInt(Integer::intValue).sum();
        }

        @Override
        public String toString() {
            return (inline ? "inline " : "sges ") + lengths;
        }
    }

    record Case(WrOpcode opcode, Payload payload, int flags, int position) {}

    static Stream<Case> sendsAndWrites() {
        List<Payload> payloads = new ArrayList<>();
        for (int sges = 0; sges <= 6; sges++) {
            payloads.add(new Payload(false, IntStream.rangeClosed(1, sges).map(i -> i * 0x1001).boxed().toList()));
        }
        for (List<Integer> pieces : List.of(List.<Integer>of(), List.of(0), List.of(1), List.of(8), List.of(16),
                List.of(17),
                List.of(48), List.of(95), List.of(96), List.of(7, 9, 32, 48),
                List.of(12, 12, 12, 12, 12, 12, 12, 12))) {
            payloads.add(new Payload(true, pieces));
        }
        return Stream.of(WrOpcode.SEND, WrOpcode.SEND_WITH_IMM, WrOpcode.SEND_WITH_INV, WrOpcode.RDMA_WRITE,
                WrOpcode.RDMA_WRITE_WITH_IMM)
                .flatMap(opcode -> payloads.stream().flatMap(payload -> positions().flatMap(position -> Stream.of(0,
                        SendFlag.SIGNALED, SendFlag.FENCE | SendFlag.SOLICITED)
                        .map(flags -> new Case(opcode, payload, flags, position)))));
    }

    private static Stream<Integer> positions() {
        return IntStream.range(0, DEPTH).boxed();
    }

    static Stream<Case> withoutPayload() {
        Payload one = new Payload(false, List.of(0x2345));
        return Stream.of(WrOpcode.RDMA_READ, WrOpcode.RDMA_READ_WITH_INV, WrOpcode.ATOMIC_CMP_AND_SWP,
                WrOpcode.ATOMIC_FETCH_AND_ADD, WrOpcode.LOCAL_INV, WrOpcode.REG_MR)
                .flatMap(opcode -> positions().flatMap(position -> Stream.of(0, SendFlag.SIGNALED,
                        SendFlag.INLINE | SendFlag.FENCE | SendFlag.SOLICITED | SendFlag.SIGNALED)
                        .map(flags -> new Case(opcode, one, flags, position))));
    }

    @ParameterizedTest
    @MethodSource("sendsAndWrites")
    void postSend_ofSendOrWrite_isReadBackByTheDevice(Case given) {
        SendQueue queue = SendQueue.ofDepth(DEPTH).at(given.position());
        SendRequest request = request(given);

        assertThat(queue.ring.postSend(request)).isEqualTo(PostResult.ok(1));

        MemorySegment sqe = queue.entry(given.position());
        boolean write = given.opcode() == WrOpcode.RDMA_WRITE || given.opcode() == WrOpcode.RDMA_WRITE_WITH_IMM;
        int payloadAt = write ? SqeWrite.SGL_OFFSET : SqeSend.SGL_OFFSET;
        Payload payload = given.payload();
        int bytes = payloadAt + (payload.inline() ? payload.total() : payload.lengths().size() * Sge.BYTES);
        checkHeader(sqe, given, bytes, payload.inline() ? payload.total() : payload.lengths().size());
        assertThat(SqeSend.length(sqe, 0)).isEqualTo(payload.total());
        switch (given.opcode()) {
            case SEND_WITH_IMM, RDMA_WRITE_WITH_IMM -> assertThat(SqeSend.immediate(sqe, 0)).isEqualTo(IMMEDIATE);
            case SEND_WITH_INV -> assertThat(SqeSend.invalidateStag(sqe, 0)).isEqualTo(INVALIDATE);
            default -> assertThat(SqeSend.immediate(sqe, 0)).isZero();
        }
        if (write) {
            assertThat(SqeWrite.sinkStag(sqe, 0)).isEqualTo(REMOTE_KEY);
            assertThat(SqeWrite.sinkOffset(sqe, 0)).isEqualTo(REMOTE_ADDRESS);
        }
        checkPayload(sqe, payloadAt, payload);
        assertThat(queue.doorbell.rung()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("withoutPayload")
    void postSend_ofReadAtomicOrRegistration_isReadBackByTheDevice(Case given) {
        SendQueue queue = SendQueue.ofDepth(DEPTH).at(given.position());

        assertThat(queue.ring.postSend(request(given))).isEqualTo(PostResult.ok(1));

        MemorySegment sqe = queue.entry(given.position());
        switch (given.opcode()) {
            case RDMA_READ, RDMA_READ_WITH_INV -> checkRead(sqe, given);
            case ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD -> checkAtomic(sqe, given);
            case LOCAL_INV -> {
                checkHeader(sqe, given, SqeLocalInv.BYTES, 0);
                assertThat(SqeLocalInv.stag(sqe, 0)).isEqualTo(INVALIDATE);
            }
            default -> {
                checkHeader(sqe, given, 32 + 3 * 8, 0);
                checkRegistration(sqe, 3, SqeRegMr.MTT_INLINE);
            }
        }
    }

    private static void checkRead(MemorySegment sqe, Case given) {
        checkHeader(sqe, given, SqeRead.BYTES, 0);
        if (given.opcode() == WrOpcode.RDMA_READ_WITH_INV) {
            assertThat(SqeRead.invalidateStag(sqe, 0)).isEqualTo(INVALIDATE);
        }
        assertThat(SqeRead.length(sqe, 0)).isEqualTo(0x2345);
        assertThat(SqeRead.sinkStag(sqe, 0)).isEqualTo(keyOf(0));
        assertThat(SqeRead.sinkOffset(sqe, 0)).isEqualTo(addressOf(0));
        assertThat(Sge.address(sqe, SqeRead.REMOTE_SGE_OFFSET)).isEqualTo(REMOTE_ADDRESS);
        assertThat(Sge.length(sqe, SqeRead.REMOTE_SGE_OFFSET)).isEqualTo(0x2345);
        assertThat(Sge.key(sqe, SqeRead.REMOTE_SGE_OFFSET)).isEqualTo(REMOTE_KEY);
    }

    private static void checkAtomic(MemorySegment sqe, Case given) {
        checkHeader(sqe, given, SqeAtomic.BYTES, 0);
        boolean swap = given.opcode() == WrOpcode.ATOMIC_CMP_AND_SWP;
        assertThat(SqeAtomic.swapOrAdd(sqe, 0)).isEqualTo(swap ? 0x5A5A_0001_5A5A_0002L : 0x0F0F_0003_0F0F_0004L);
        if (swap) {
            assertThat(SqeAtomic.compare(sqe, 0)).isEqualTo(0x0F0F_0003_0F0F_0004L);
        }
        assertThat(Sge.address(sqe, SqeAtomic.REMOTE_SGE_OFFSET)).isEqualTo(REMOTE_ADDRESS);
        assertThat(Sge.key(sqe, SqeAtomic.REMOTE_SGE_OFFSET)).isEqualTo(REMOTE_KEY);
        assertThat(Sge.address(sqe, SqeAtomic.LOCAL_SGE_OFFSET)).isEqualTo(addressOf(0));
        assertThat(Sge.key(sqe, SqeAtomic.LOCAL_SGE_OFFSET)).isEqualTo(keyOf(0));
    }

    @Test
    void postSend_ofRegistrationOfFiveAndMorePages_leavesThemInTheTable() {
        SendQueue queue = SendQueue.ofDepth(DEPTH);
        SendRequest request = request(new Case(WrOpcode.REG_MR, new Payload(false, List.of()), SendFlag.SIGNALED, 0));
        request.registration = new Pages(5);

        assertThat(queue.ring.postSend(request)).isEqualTo(PostResult.ok(1));

        MemorySegment sqe = queue.entry(0);
        assertThat(SqeHeader.wqebbCount(SqeHeader.load(sqe, 0))).isEqualTo(1);
        checkRegistration(sqe, 5, SqeRegMr.MTT_TABLE);
    }

    @Test
    void postSend_ofRegistrationOfFourPages_carriesThem() {
        SendQueue queue = SendQueue.ofDepth(DEPTH).at(7);
        SendRequest request = request(new Case(WrOpcode.REG_MR, new Payload(false, List.of()), SendFlag.SIGNALED, 0));
        request.registration = new Pages(4);

        assertThat(queue.ring.postSend(request)).isEqualTo(PostResult.ok(1));

        checkRegistration(queue.entry(7), 4, SqeRegMr.MTT_INLINE);
    }

    private static void checkRegistration(MemorySegment sqe, int pages, int mttType) {
        Pages region = new Pages(pages);
        assertThat(SqeRegMr.address(sqe, 0)).isEqualTo(region.iova());
        assertThat(SqeRegMr.length(sqe, 0)).isEqualTo(region.length());
        assertThat(SqeRegMr.stag(sqe, 0)).isEqualTo(0x00012377);
        assertThat(SqeRegMr.mttEntries(sqe, 0)).isEqualTo(pages);
        assertThat(SqeRegMr.mttType(sqe, 0)).isEqualTo(mttType);
        assertThat(SqeRegMr.rights(sqe, 0))
                .isEqualTo(AccessRights.LOCAL_READ | AccessRights.LOCAL_WRITE | AccessRights.REMOTE_READ);
        for (int i = 0; mttType == SqeRegMr.MTT_INLINE && i < pages; i++) {
            assertThat(Mtt.entry(sqe, SqeRegMr.PAGES_OFFSET, i)).isEqualTo(region.pageAddress(i));
        }
    }

    @ParameterizedTest
    @MethodSource("datagrams")
    void postSend_onDatagramQp_carriesTheDestination(Case given) {
        SendQueue queue = SendQueue.ofDepth(DEPTH, RingOption.DATAGRAM).at(given.position());
        SendRequest request = request(given);
        request.addressHandle = 0x1A2B3;
        request.remoteQpn = 0xFEDCB;
        request.remoteQkey = 0x80010002;

        assertThat(queue.ring.postSend(request)).isEqualTo(PostResult.ok(1));

        MemorySegment sqe = queue.entry(given.position());
        Payload payload = given.payload();
        int bytes = SqeUdSend.SGL_OFFSET
                + (payload.inline() ? payload.total() : payload.lengths().size() * Sge.BYTES);
        checkHeader(sqe, given, bytes, payload.inline() ? payload.total() : payload.lengths().size());
        assertThat(SqeUdSend.length(sqe, 0)).isEqualTo(payload.total());
        assertThat(SqeUdSend.immediate(sqe, 0)).isEqualTo(given.opcode() == WrOpcode.SEND ? 0 : IMMEDIATE);
        assertThat(SqeUdSend.qkey(sqe, 0)).isEqualTo(0x80010002);
        assertThat(SqeUdSend.destinationQpn(sqe, 0)).isEqualTo(0xFEDCB);
        assertThat(SqeUdSend.ah(sqe, 0)).isEqualTo(0x1A2B3);
        checkPayload(sqe, SqeUdSend.SGL_OFFSET, payload);
    }

    static Stream<Case> datagrams() {
        return sendsAndWrites()
                .filter(given -> given.opcode() == WrOpcode.SEND || given.opcode() == WrOpcode.SEND_WITH_IMM);
    }

    static Stream<Arguments> oneOfEachKind() {
        Payload fourBlocks = new Payload(true, List.of(96));
        Payload one = new Payload(false, List.of(8));
        Payload nothing = new Payload(false, List.of());
        return Stream.of(
                Stream.of(WrOpcode.values()).map(opcode -> Arguments.of(
                        new Case(opcode, opcode.name().contains("SEND") || opcode.name().contains("WRITE")
                                ? fourBlocks
                                : one, 0, 0),
                        new RingOption[0])),
                Stream.of(WrOpcode.SEND, WrOpcode.RDMA_WRITE)
                        .map(opcode -> Arguments.of(new Case(opcode, nothing, 0, 0), new RingOption[0])),
                Stream.of(Arguments.of(
                        new Case(WrOpcode.SEND, nothing, 0, 0), new RingOption[]{ RingOption.DATAGRAM })),
                Stream.of(WrOpcode.SEND, WrOpcode.SEND_WITH_IMM).map(opcode -> Arguments.of(
                        new Case(opcode, fourBlocks, 0, 0), new RingOption[]{ RingOption.DATAGRAM })))
                .flatMap(kinds -> kinds);
    }

    @ParameterizedTest
    @MethodSource("oneOfEachKind")
    void postSend_takesTheLastRoom_isFollowedBehindItsEnd_andRefusedWithOneBlockLess(
            Case given, RingOption[] options) {
        SendRequest request = request(given);
        SendQueue alone = SendQueue.ofDepth(DEPTH, options);
        alone.ring.postSend(request);
        int wqebbs = SqeHeader.wqebbCount(SqeHeader.load(alone.memory, 0));
        SendQueue exact = filled(DEPTH - wqebbs, options);
        SendQueue tight = filled(DEPTH - wqebbs + 1, options);
        byte[] before = tight.bytes();

        assertThat(alone.ring.producerIndex()).isEqualTo(wqebbs);
        assertThat(exact.ring.postSend(request)).isEqualTo(PostResult.ok(1));
        assertThat(exact.ring.producerIndex()).isEqualTo(DEPTH);
        assertThat(tight.ring.postSend(request)).isEqualTo(PostResult.refused(Errno.ENOMEM, 0));
        assertThat(tight.bytes()).isEqualTo(before);
    }

    private static SendQueue filled(int wqebbs, RingOption... options) {
        SendQueue queue = SendQueue.ofDepth(DEPTH, options);
        for (int i = 0; i < wqebbs; i++) {
            queue.ring.postSend(new SendRequest());
        }
        return queue;
    }

    @Test
    void postSend_onADatagramQp_ofWhatIsMalformed_isRefused() {
        SendQueue queue = SendQueue.ofDepth(DEPTH, RingOption.DATAGRAM);
        SendRequest unreadable = new SendRequest().addInline(MemorySegment.ofArray(new byte[4]), 0, 5);

        assertThat(queue.ring.postSend(request(
                new Case(WrOpcode.SEND, new Payload(true, List.of(97)), 0, 0))))
                .isEqualTo(PostResult.refused(Errno.EINVAL, 0));
        assertThat(queue.ring.postSend(unreadable)).isEqualTo(PostResult.refused(Errno.EFAULT, 0));
        assertThat(queue.ring.producerIndex()).isZero();
    }

    @Test
    void postSend_ofAWriteOfUnreadableInlineData_isEfault() {
        SendRequest unreadable = new SendRequest().addInline(MemorySegment.ofArray(new byte[4]), 0, 5);
        unreadable.opcode = WrOpcode.RDMA_WRITE;

        assertThat(SendQueue.ofDepth(DEPTH).ring.postSend(unreadable))
                .isEqualTo(PostResult.refused(Errno.EFAULT, 0));
    }

    @Test
    void postSend_withSignalAll_asksForACompletionOfEveryRequest() {
        SendQueue queue = SendQueue.ofDepth(DEPTH, RingOption.SIGNAL_ALL);

        queue.ring.postSend(new SendRequest());

        assertThat(SqeHeader.signaled(SqeHeader.load(queue.memory, 0))).isTrue();
    }

    @Test
    void postSend_ofAtomicWithManyElements_usesTheFirstOnly() {
        SendQueue queue = SendQueue.ofDepth(DEPTH);
        SendRequest request = request(
                new Case(WrOpcode.ATOMIC_FETCH_AND_ADD, new Payload(false, List.of(8, 8, 8, 8, 8, 8, 8)), 0, 0));

        assertThat(queue.ring.postSend(request)).isEqualTo(PostResult.ok(1));

        assertThat(Sge.address(queue.memory, SqeAtomic.LOCAL_SGE_OFFSET)).isEqualTo(addressOf(0));
        assertThat(SqeHeader.wqebbCount(SqeHeader.load(queue.memory, 0))).isEqualTo(2);
    }

    @Test
    void postSend_ofElementsOfMoreThanFourGibTogether_countsThemModuloTwoToThe32() {
        SendQueue queue = SendQueue.ofDepth(DEPTH);

        queue.ring.postSend(new SendRequest().addSge(1, 0xFFFF_FFFF, 2).addSge(3, 0x11, 4));

        assertThat(SqeSend.length(queue.memory, 0)).isEqualTo(0x10);
    }

    private static void checkHeader(MemorySegment sqe, Case given, int bytes, int sglLength) {
        long header = SqeHeader.load(sqe, 0);
        int wqebbs = (bytes + 31) / 32;
        assertThat(SqeHeader.opcode(header)).isEqualTo(wireOpcode(given.opcode()));
        assertThat(SqeHeader.qpn(header)).isEqualTo(SendQueue.QPN);
        assertThat(SqeHeader.wqebbCount(header)).isEqualTo(wqebbs);
        assertThat(SqeHeader.sglLength(header)).isEqualTo(sglLength);
        assertThat(SqeHeader.producerIndex(header)).isEqualTo(given.position() + wqebbs);
        assertThat(SqeHeader.signaled(header)).isEqualTo((given.flags() & SendFlag.SIGNALED) != 0);
        assertThat(SqeHeader.fence(header)).isEqualTo((given.flags() & SendFlag.FENCE) != 0);
        assertThat(SqeHeader.solicited(header)).isEqualTo((given.flags() & SendFlag.SOLICITED) != 0);
        assertThat(SqeHeader.inline(header))
                .isEqualTo(given.payload().inline() || (given.flags() & SendFlag.INLINE) != 0);
        assertThat(SqeHeader.directWqe(header)).isFalse();
    }

    private static int wireOpcode(WrOpcode opcode) {
        return switch (opcode) {
            case RDMA_WRITE -> SqOpcode.WRITE;
            case RDMA_WRITE_WITH_IMM -> SqOpcode.WRITE_WITH_IMM;
            case SEND -> SqOpcode.SEND;
            case SEND_WITH_IMM -> SqOpcode.SEND_WITH_IMM;
            case SEND_WITH_INV -> SqOpcode.SEND_WITH_INV;
            case RDMA_READ -> SqOpcode.READ;
            case RDMA_READ_WITH_INV -> SqOpcode.READ_WITH_INV;
            case ATOMIC_CMP_AND_SWP -> SqOpcode.ATOMIC_CAS;
            case ATOMIC_FETCH_AND_ADD -> SqOpcode.ATOMIC_FAA;
            case REG_MR -> SqOpcode.REG_MR;
            case LOCAL_INV -> SqOpcode.LOCAL_INV;
        };
    }

    private static void checkPayload(MemorySegment sqe, int at, Payload payload) {
        if (payload.inline()) {
            byte[] bytes = sqe.asSlice(at, payload.total()).toArray(ValueLayout.JAVA_BYTE);
            assertThat(bytes).isEqualTo(pattern(payload.total()));
            return;
        }
        for (int i = 0; i < payload.lengths().size(); i++) {
            int sge = at + i * Sge.BYTES;
            assertThat(Sge.address(sqe, sge)).isEqualTo(addressOf(i));
            assertThat(Sge.length(sqe, sge)).isEqualTo(payload.lengths().get(i).longValue());
            assertThat(Sge.key(sqe, sge)).isEqualTo(keyOf(i));
        }
    }

    private static SendRequest request(Case given) {
        SendRequest request = new SendRequest();
        request.opcode = given.opcode();
        request.immediate = IMMEDIATE;
        request.invalidateKey = INVALIDATE;
        request.remoteAddress = REMOTE_ADDRESS;
        request.remoteKey = REMOTE_KEY;
        request.compareAdd = 0x0F0F_0003_0F0F_0004L;
        request.swap = 0x5A5A_0001_5A5A_0002L;
        request.registration = new Pages(3);
        request.registrationKey = 0x00012377;
        request.registrationAccess = Access.bits(Access.LOCAL_WRITE, Access.REMOTE_READ);
        Payload payload = given.payload();
        request.flags = given.flags() | (payload.inline() ? SendFlag.INLINE : 0);
        MemorySegment data = MemorySegment.ofArray(pattern(payload.total()));
        long offset = 0;
        for (int i = 0; i < payload.lengths().size(); i++) {
            int length = payload.lengths().get(i);
            if (payload.inline()) {
                request.addInline(data, offset, length);
                offset += length;
            } else {
                request.addSge(addressOf(i), length, keyOf(i));
            }
        }
        return request;
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
        return bytes;
    }

    private static long addressOf(int sge) {
        return 0xAB00_0000_1234_0000L + sge;
    }

    private static int keyOf(int sge) {
        return 0xC0DE0000 + sge;
    }

    private record Pages(int pageCount) implements FastRegistration {
        @Override
        public int stag() {
            return 0x00012300;
        }

        @Override
        public long iova() {
            return 0x7000_1000_0123L;
        }

        @Override
        public long length() {
            return pageCount * 4096L - 0x123;
        }

        @Override
        public long pageAddress(int index) {
            return 0x9_0000_0000L + index * 4096L;
        }
    }
}
