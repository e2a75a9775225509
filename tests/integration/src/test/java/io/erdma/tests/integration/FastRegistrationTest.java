package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.DmaRange;
import io.erdma.verbs.FastRegisterMr;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** REG_MR, LOCAL_INV, SEND_WITH_INV and RDMA_READ_WITH_INV in order with the other requests, over many laps of the send ring. */
class FastRegistrationTest {
    private static final int ROUNDS = 150;
    private static final int PAGES = 12;
    private static final int ALL = Access.bits(Access.LOCAL_WRITE, Access.REMOTE_READ, Access.REMOTE_WRITE);

    /** A fast-register MR over all memory of a side, whose key changes with each registration. */
    private record Fast(Side side, DmaMapping mapping, FastRegisterMr mr) implements AutoCloseable {
        static Fast of(Tenants tenants, String host, Side side) {
            DmaMapping mapping = tenants.host(host).machine().functions().getFirst()
                    .map(side.memory.asSlice(0, PAGES << 12), DmaAccess.READ_WRITE);
            return new Fast(side, mapping, side.pd.allocMr(PAGES));
        }

        /** Maps so many pages, new key; small lists go into the request, large ones into a table. */
        SendRequest register(int round, int pages) {
            mr.updateKey((byte) round);
            assertThat(mr.mapMrSg(DmaRange.of(mapping).subList(0, pages), 0, 4096)).isEqualTo(pages);
            SendRequest request = new SendRequest();
            request.wrId = round;
            request.opcode = WrOpcode.REG_MR;
            request.flags = SendFlag.SIGNALED;
            request.registration = mr;
            request.registrationKey = mr.rkey();
            request.registrationAccess = ALL;
            return request;
        }

        SendRequest invalidate() {
            SendRequest request = new SendRequest();
            request.opcode = WrOpcode.LOCAL_INV;
            request.flags = SendFlag.SIGNALED;
            request.invalidateKey = mr.rkey();
            return request;
        }

        @Override
        public void close() {
            mr.close();
            mapping.close();
        }
    }

    private static Stream<Arguments> modesSignalledOrNot() {
        return Stream.of(Mode.values()).flatMap(mode -> Stream.of(true, false).map(each -> Arguments.of(mode, each)));
    }

    private static Stream<Arguments> modesSignalledOrNotInlineOrNot() {
        return modesSignalledOrNot()
                .flatMap(each -> Stream.of(true, false)
                        .map(inline -> Arguments.of(each.get()[0], each.get()[1], inline)));
    }

    private static int signal(boolean signalled) {
        return signalled ? SendFlag.SIGNALED : 0;
    }

    /** Waits for all that was posted before, none of which tells of itself. */
    private static void awaitSilent(Side side) {
        SendRequest empty = new SendRequest();
        empty.wrId = -1;
        empty.opcode = WrOpcode.RDMA_WRITE;
        empty.flags = SendFlag.SIGNALED;
        side.post(empty);
        assertThat(side.awaitOk().wrId).isEqualTo(-1);
    }

    private static int pages(int round) {
        return 1 + round % PAGES;
    }

    @ParameterizedTest(name = "{0} signalled={1}")
    @MethodSource("modesSignalledOrNot")
    void regMr_andLocalInv_actInOrder_withWhatIsPostedAround(Mode mode, boolean signalled) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "alice", pair.left())) {
            for (int round = 0; round < ROUNDS; round++) {
                pair.left().putLong(8, round);
                pair.right().receive(round, 0, 8);
                SendRequest register = fast.register(round, pages(round));
                SendRequest send = new SendRequest().addSge(fast.mr.iova() + 8, 8, fast.mr.lkey());
                send.flags = SendFlag.SIGNALED;
                SendRequest invalidate = fast.invalidate();
                register.flags = signal(signalled);
                invalidate.flags = signal(signalled);
                register.next = send;
                send.next = invalidate;
                pair.left().post(register);

                if (signalled) {
                    assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.REG_MR);
                }
                assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.SEND);
                if (signalled) {
                    assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.LOCAL_INV);
                } else {
                    awaitSilent(pair.left());
                }
                assertThat(pair.right().awaitOk().wrId).isEqualTo(round);
                assertThat(pair.right().getLong(0)).isEqualTo(round);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void invalidated_itsKeyIsNoLongerGood_atOnce(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "alice", pair.left())) {
            pair.right().receive(1, 0, 8);
            SendRequest register = fast.register(1, 1);
            register.next = fast.invalidate();
            register.next.next = new SendRequest().addSge(fast.mr.iova(), 8, fast.mr.lkey());
            pair.left().post(register);

            pair.left().awaitOk();
            pair.left().awaitOk();
            assertThat(pair.left().await(WcStatus.LOC_ACCESS_ERR).vendorError).isEqualTo(0x30);
        }
    }

    @ParameterizedTest
    @EnumSource
    void registeredWithAnotherKey_theOldKeyIsNoLongerGood(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "alice", pair.left())) {
            pair.right().receive(1, 0, 8);
            pair.left().post(fast.register(1, 1));
            pair.left().awaitOk();
            int old = fast.mr.lkey();
            pair.left().post(fast.invalidate());
            pair.left().awaitOk();
            pair.left().post(fast.register(2, 1));
            pair.left().awaitOk();

            pair.left().post(new SendRequest().addSge(fast.mr.iova(), 8, old));

            assertThat(pair.left().await(WcStatus.LOC_ACCESS_ERR).vendorError).isEqualTo(0x30);
        }
    }

    @ParameterizedTest(name = "{0} signalled={1} inline={2}")
    @MethodSource("modesSignalledOrNotInlineOrNot")
    void sendWithInv_invalidatesThePeersKey_andItsCompletionSaysSo(Mode mode, boolean signalled, boolean inline) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "bob", pair.right())) {
            for (int round = 0; round < ROUNDS; round++) {
                pair.right().post(fast.register(round, pages(round)));
                pair.right().awaitOk();
                pair.right().receive(round, 60 << 10, 96);
                int length = 1 + round % 96;
                pair.left().memory.asSlice(0, length).fill((byte) (round + 1));
                SendRequest send = new SendRequest();
                send.opcode = WrOpcode.SEND_WITH_INV;
                send.flags = signal(signalled) | SendFlag.SOLICITED;
                if (inline) {
                    send.addInline(pair.left().memory, 0, length);
                } else {
                    for (int i = 0; i < length; i += 16) { // up to six elements
                        send.addSge(pair.left().address(i), Math.min(16, length - i), pair.left().mr.lkey());
                    }
                }
                send.invalidateKey = fast.mr.rkey();
                pair.left().post(send);

                if (signalled) {
                    assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.SEND);
                } else {
                    awaitSilent(pair.left());
                }
                WorkCompletion received = pair.right().awaitOk();
                assertThat(received.opcode).isEqualTo(WcOpcode.RECV);
                assertThat(received.flags & WorkCompletion.WITH_INVALIDATE).isNotZero();
                assertThat(received.invalidatedKey).isEqualTo(fast.mr.rkey());
                assertThat(received.byteLength).isEqualTo(length);
                assertThat(pair.right().bytes(60 << 10, length)).containsOnly((byte) (round + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void sendWithInv_ofAKeyThatIsNotValid_isRefused(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "bob", pair.right())) {
            pair.right().receive(7, 0, 8);
            SendRequest send = new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey());
            pair.left().putLong(0, -1);
            send.opcode = WrOpcode.SEND_WITH_INV;
            send.invalidateKey = fast.mr.rkey();
            pair.left().post(send);

            pair.left().await(WcStatus.GENERAL_ERR);
            assertThat(pair.right().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(7);
            assertThat(pair.right().getLong(0)).isZero();
        }
    }

    @ParameterizedTest(name = "{0} signalled={1}")
    @MethodSource("modesSignalledOrNot")
    void readWithInv_readsIntoTheRegion_andThenInvalidatesIt(Mode mode, boolean signalled) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "alice", pair.left())) {
            for (int round = 0; round < ROUNDS; round++) {
                pair.right().putLong(0, round);
                SendRequest register = fast.register(round, pages(round));
                SendRequest read = new SendRequest().addSge(fast.mr.iova() + 16, 8, fast.mr.lkey());
                read.opcode = WrOpcode.RDMA_READ_WITH_INV;
                read.flags = signal(signalled);
                read.remoteAddress = pair.right().address(0);
                read.remoteKey = pair.right().mr.rkey();
                read.invalidateKey = fast.mr.lkey();
                register.next = read;
                pair.left().post(register);

                assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.REG_MR);
                if (signalled) {
                    assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.RDMA_READ);
                } else {
                    awaitSilent(pair.left());
                }
                assertThat(pair.left().getLong(16)).isEqualTo(round);
            }
            pair.left().post(fast.invalidate()); // it is invalid already
            assertThat(pair.left().await(WcStatus.LOC_ACCESS_ERR).vendorError).isEqualTo(0x30);
        }
    }

    @ParameterizedTest
    @EnumSource
    void peer_writesAndReadsThroughARegisteredKey_inEveryPage(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                Pair pair = tenants.pair();
                Fast fast = Fast.of(tenants, "bob", pair.right())) {
            pair.right().post(fast.register(3, PAGES));
            pair.right().awaitOk();
            for (int at = 0; at + 4096 <= PAGES << 12; at += 2048) { // across every page border
                pair.left().putLong(0, at + 1L);
                pair.left()
                        .post(tagged(WrOpcode.RDMA_WRITE, pair.left(), fast.mr.iova() + at + 1020, fast.mr.rkey(), 0));
                pair.left().awaitOk();
                pair.left().post(
                        tagged(WrOpcode.RDMA_READ, pair.left(), fast.mr.iova() + at + 1020, fast.mr.rkey(), 8192));
                pair.left().awaitOk();
                assertThat(pair.left().getLong(8192)).isEqualTo(at + 1L);
                assertThat(pair.right().memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 1020))
                        .isEqualTo(at + 1L);
            }
        }
    }

    private static SendRequest tagged(WrOpcode opcode, Side side, long remoteAddress, int remoteKey, long local) {
        SendRequest request = new SendRequest().addSge(side.address(local), 2048, side.mr.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = remoteAddress;
        request.remoteKey = remoteKey;
        return request;
    }
}
