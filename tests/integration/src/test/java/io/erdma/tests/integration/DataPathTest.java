package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every opcode, with inline data and with elements, signalled and not, over many laps of all rings. */
class DataPathTest {
    /** More than three laps of a send ring of 64 WQEBBs, whatever the size of a request. */
    private static final int ROUNDS = 200;

    private static final long SOURCE = 0;
    private static final long TARGET = 32 << 10;

    static Stream<Arguments> transfers() {
        List<Arguments> all = new ArrayList<>();
        List<WrOpcode> opcodes = List.of(WrOpcode.SEND, WrOpcode.SEND_WITH_IMM, WrOpcode.RDMA_WRITE,
                WrOpcode.RDMA_WRITE_WITH_IMM);
        for (Mode mode : Mode.values()) {
            for (WrOpcode opcode : opcodes) {
                for (boolean inline : new boolean[]{ false, true }) {
                    for (boolean signalled : new boolean[]{ false, true }) {
                        all.add(Arguments.of(mode, opcode, inline, signalled));
                    }
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} inline={2} signalled={3}")
    @MethodSource("transfers")
    void transfer_bringsEveryByte_overManyLaps(Mode mode, WrOpcode opcode, boolean inline, boolean signalled) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            for (int round = 0; round < ROUNDS; round++) {
                int elements = round % 7;
                int length = inline ? Math.min(96, elements * 16) : elements * (100 + round);
                boolean last = round % 8 == 7;
                transfer(pair, opcode, inline, signalled || last, round, elements, length);
            }
        }
    }

    private static void transfer(
            Pair pair, WrOpcode opcode, boolean inline, boolean signalled, int round, int elements, int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (round + 31 * i + 1);
        }
        pair.left().put(SOURCE, data);
        boolean receives = opcode != WrOpcode.RDMA_WRITE;
        if (receives) {
            pair.right().receive(1000 + round, opcode == WrOpcode.RDMA_WRITE_WITH_IMM ? TARGET + 16384 : TARGET, 8192);
        }
        SendRequest request = new SendRequest();
        request.wrId = round;
        request.opcode = opcode;
        request.flags = signalled ? SendFlag.SIGNALED : 0;
        request.immediate = 0x1234_0000 + round;
        request.remoteAddress = pair.right().address(TARGET);
        request.remoteKey = pair.right().mr.rkey();
        for (int i = 0, at = 0; i < elements; i++) {
            int part = i == elements - 1 ? length - at : length / elements;
            if (inline) {
                request.addInline(pair.left().memory, SOURCE + at, part);
            } else {
                request.addSge(pair.left().address(SOURCE + at), part, pair.left().mr.lkey());
            }
            at += part;
        }
        pair.left().post(request);
        if (signalled) {
            WorkCompletion sent = pair.left().awaitOk();
            assertThat(sent.wrId).isEqualTo(round);
            assertThat(sent.opcode).isEqualTo(
                    receives && opcode != WrOpcode.RDMA_WRITE_WITH_IMM ? WcOpcode.SEND : WcOpcode.RDMA_WRITE);
            assertThat(sent.qpNumber).isEqualTo(pair.left().qp.qpn());
        }
        if (receives) {
            WorkCompletion received = pair.right().awaitOk();
            assertThat(received.wrId).isEqualTo(1000 + round);
            assertThat(received.byteLength).isEqualTo(length);
            boolean immediate = opcode != WrOpcode.SEND;
            assertThat(received.flags & WorkCompletion.WITH_IMM).isEqualTo(immediate ? WorkCompletion.WITH_IMM : 0);
            assertThat(received.immediate).isEqualTo(immediate ? request.immediate : received.immediate);
            assertThat(received.opcode)
                    .isEqualTo(opcode == WrOpcode.RDMA_WRITE_WITH_IMM ? WcOpcode.RECV_RDMA_WITH_IMM : WcOpcode.RECV);
        } else if (!signalled) {
            fence(pair);
        }
        assertThat(pair.right().bytes(TARGET, length)).isEqualTo(data);
    }

    /** Waits for all that was posted before, by a signalled WRITE of no bytes. */
    private static void fence(Pair pair) {
        SendRequest empty = new SendRequest();
        empty.wrId = -1;
        empty.opcode = WrOpcode.RDMA_WRITE;
        empty.flags = SendFlag.SIGNALED;
        pair.left().post(empty);
        assertThat(pair.left().awaitOk().wrId).isEqualTo(-1);
    }

    static Stream<Arguments> modesSignalledOrNot() {
        return Stream.of(Mode.values()).flatMap(mode -> Stream.of(true, false).map(each -> Arguments.of(mode, each)));
    }

    @ParameterizedTest(name = "{0} signalled={1}")
    @MethodSource("modesSignalledOrNot")
    void read_bringsEveryByte_overManyLaps(Mode mode, boolean signalled) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            for (int round = 0; round < ROUNDS; round++) {
                int length = round * 37;
                byte[] data = new byte[length];
                for (int i = 0; i < length; i++) {
                    data[i] = (byte) (round + i);
                }
                pair.right().put(SOURCE, data);
                SendRequest request = new SendRequest();
                request.wrId = round;
                request.opcode = WrOpcode.RDMA_READ;
                request.flags = signalled ? SendFlag.SIGNALED : 0;
                request.remoteAddress = pair.right().address(SOURCE);
                request.remoteKey = pair.right().mr.rkey();
                request.addSge(pair.left().address(TARGET), length, pair.left().mr.lkey());
                pair.left().post(request);
                if (signalled) {
                    WorkCompletion done = pair.left().awaitOk();
                    assertThat(done.wrId).isEqualTo(round);
                    assertThat(done.opcode).isEqualTo(WcOpcode.RDMA_READ);
                } else {
                    fence(pair);
                }
                assertThat(pair.left().bytes(TARGET, length)).isEqualTo(data);
            }
        }
    }

    @ParameterizedTest(name = "{0} signalled={1}")
    @MethodSource("modesSignalledOrNot")
    void atomics_returnTheOldValue_andChangeTheTarget_overManyLaps(Mode mode, boolean signalled) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            pair.right().putLong(TARGET, 5);
            long expected = 5;
            for (int round = 0; round < ROUNDS; round++) {
                boolean add = round % 2 == 0;
                boolean swaps = round % 4 == 1;
                SendRequest request = new SendRequest();
                request.opcode = add ? WrOpcode.ATOMIC_FETCH_AND_ADD : WrOpcode.ATOMIC_CMP_AND_SWP;
                request.flags = signalled ? SendFlag.SIGNALED : 0;
                request.remoteAddress = pair.right().address(TARGET);
                request.remoteKey = pair.right().mr.rkey();
                request.compareAdd = add ? 0x1_0000_0001L : swaps ? expected : expected + 1;
                request.swap = 77L * round;
                request.addSge(pair.left().address(TARGET), 8, pair.left().mr.lkey());
                pair.left().post(request);
                if (signalled) {
                    assertThat(pair.left().awaitOk().opcode).isEqualTo(add ? WcOpcode.FETCH_ADD : WcOpcode.COMP_SWAP);
                } else {
                    fence(pair);
                }
                assertThat(pair.left().getLong(TARGET)).isEqualTo(expected);
                expected = add ? expected + 0x1_0000_0001L : swaps ? 77L * round : expected;
                assertThat(pair.right().getLong(TARGET)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void indices_wrapAt65536_onEveryRing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.fast()); Pair pair = tenants.pair()) {
            SendRequest request = new SendRequest();
            request.flags = SendFlag.SIGNALED;
            for (int round = 0; round < 70_000; round++) {
                pair.right().receive(round, TARGET, 8);
                pair.left().putLong(SOURCE, round);
                request.wrId = round;
                request.clearSges().addSge(pair.left().address(SOURCE), 8, pair.left().mr.lkey());
                pair.left().post(request);
                assertThat(pair.left().awaitOk().wrId).isEqualTo(round);
                assertThat(pair.right().awaitOk().wrId).isEqualTo(round);
                assertThat(pair.right().getLong(TARGET)).isEqualTo(round);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void chain_isExecutedInOrder(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            SendRequest first = null;
            for (int n = 15; n >= 0; n--) {
                SendRequest request = new SendRequest();
                request.wrId = n;
                request.flags = SendFlag.SIGNALED;
                request.addSge(pair.left().address(n), 1, pair.left().mr.lkey());
                request.next = first;
                first = request;
                pair.left().put(n, (byte) (n + 1));
            }
            for (int n = 0; n < 16; n++) {
                pair.right().receive(n, TARGET + n, 1);
            }
            pair.left().post(first);
            for (int n = 0; n < 16; n++) {
                assertThat(pair.left().awaitOk().wrId).isEqualTo(n);
                assertThat(pair.right().awaitOk().wrId).isEqualTo(n);
                assertThat(pair.right().bytes(TARGET + n, 1)).containsExactly((byte) (n + 1));
            }
        }
    }
}
