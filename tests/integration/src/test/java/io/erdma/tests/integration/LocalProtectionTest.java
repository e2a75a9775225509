package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a request's own memory must be (device-behaviour §3), and receives that a message does not fit (§4). */
class LocalProtectionTest {
    private static final long AT = 16 << 10;
    private static final int BYTES = 4096;
    private static final int LENGTH = 32;

    private static final List<WrOpcode> SOURCES = List.of(WrOpcode.SEND, WrOpcode.SEND_WITH_IMM, WrOpcode.RDMA_WRITE,
            WrOpcode.RDMA_WRITE_WITH_IMM);
    private static final List<WrOpcode> ATOMICS = List.of(WrOpcode.ATOMIC_CMP_AND_SWP, WrOpcode.ATOMIC_FETCH_AND_ADD);
    private static final List<WrOpcode> SINKS = List.of(WrOpcode.RDMA_READ, WrOpcode.ATOMIC_CMP_AND_SWP,
            WrOpcode.ATOMIC_FETCH_AND_ADD);

    private enum Violation {
        UNKNOWN_STAG(0x30),
        DEREGISTERED(0x30),
        WRONG_KEY_BYTE(0x30),
        BEYOND_THE_END(0x31),
        CLOSED_ARENA(0x31),
        WITHOUT_LOCAL_WRITE(0x32),
        OF_ANOTHER_PD(0x33),
        WRAPPING(0x34);

        private final int vendorError;

        Violation(int vendorError) {
            this.vendorError = vendorError;
        }
    }

    static Stream<Arguments> violations() {
        List<Arguments> all = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (Violation violation : Violation.values()) {
                List<WrOpcode> opcodes = new ArrayList<>(SINKS);
                if (violation != Violation.WITHOUT_LOCAL_WRITE) {
                    opcodes.addAll(SOURCES);
                }
                opcodes.removeIf(opcode -> violation == Violation.BEYOND_THE_END && ATOMICS.contains(opcode)); // 8 bytes fit
                opcodes.forEach(opcode -> all.add(Arguments.of(mode, violation, opcode)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("violations")
    @SuppressWarnings({ "try", "MustBeClosedChecker" }) // some close before the end of the block
    void badElement_endsTheOwnQp_andTouchesNobodysMemory(Mode mode, Violation violation, WrOpcode opcode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            Side left = pair.left();
            byte[] before = pair.right().bytes(0, Side.BYTES);
            left.put(AT, new byte[]{ 1, 2, 3, 4 });
            Arena arena = Arena.ofShared();
            MemorySegment own = violation == Violation.CLOSED_ARENA
                    ? arena.allocate(BYTES, BYTES)
                    : left.memory.asSlice(AT, BYTES);
            try (ProtectionDomain other = left.device.allocPd();
                    MemoryRegion region = (violation == Violation.OF_ANOTHER_PD ? other : left.pd)
                            .regMr(own, violation == Violation.WITHOUT_LOCAL_WRITE ? new Access[0] : Access.values())) {
                arena.close();
                if (violation == Violation.DEREGISTERED) {
                    region.close();
                }
                pair.right().receive(9, AT, LENGTH);
                SendRequest request = new SendRequest().addSge(address(violation, own), LENGTH, key(violation, region));
                request.opcode = opcode;
                request.remoteAddress = pair.right().address(AT);
                request.remoteKey = pair.right().mr.rkey();
                request.compareAdd = opcode == WrOpcode.ATOMIC_CMP_AND_SWP ? 0 : 1; // would change the target
                request.swap = 1;
                left.post(request); // not signalled: errors are told all the same

                assertThat(left.await(WcStatus.LOC_ACCESS_ERR).vendorError).isEqualTo(violation.vendorError);
                left.awaitEvent();
                assertThat(left.events).extracting(AsyncEvent::type).containsExactly(AsyncEventType.QP_FATAL);
                assertThat(pair.right().bytes(0, Side.BYTES)).isEqualTo(before);
                assertThat(pair.right().events).isEmpty();
                assertThat(pair.right().nothingCompleted()).isTrue(); // a peer that left is no error for receives
                bystander.assertWorks();
            }
        }
    }

    private static int key(Violation violation, MemoryRegion region) {
        return switch (violation) {
            case UNKNOWN_STAG -> 0x0007_FF00;
            case WRONG_KEY_BYTE -> region.lkey() | 1;
            default -> region.lkey();
        };
    }

    private static long address(Violation violation, MemorySegment own) {
        return switch (violation) {
            case BEYOND_THE_END -> own.address() + BYTES - LENGTH + 1;
            case WRAPPING -> -Integer.BYTES; // the 8 bytes of an atomic wrap, too
            default -> own.address();
        };
    }

    @ParameterizedTest
    @EnumSource
    void sendWithoutReceive_isTerminated(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            pair.left().post(new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey()));

            pair.left().await(WcStatus.GENERAL_ERR);
            pair.right().awaitEvent();
            pair.right().post(new ReceiveRequest().set(3, pair.right().address(0), 8,
                    pair.right().mr.lkey()));
            assertThat(pair.right().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(3);
            bystander.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void messageLongerThanTheReceive_touchesNothing(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            pair.left().putLong(0, -1);
            pair.right().receive(3, 0, 7);
            pair.left().post(new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey()));

            pair.left().await(WcStatus.GENERAL_ERR);
            assertThat(pair.right().await(WcStatus.GENERAL_ERR).wrId).isEqualTo(3);
            assertThat(pair.right().getLong(0)).isZero();
            bystander.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void receiveOfABadKey_completesWithItsError(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            pair.right().post(new ReceiveRequest().set(3, pair.right().address(0), 64, 0x0007_FF00));
            pair.left().post(new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey()));

            pair.left().await(WcStatus.GENERAL_ERR);
            assertThat(pair.right().await(WcStatus.REM_ACCESS_ERR).vendorError).isEqualTo(0x02);
            bystander.assertWorks();
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterAnError_everythingPostedIsFlushed_inOrder_signalledOrNot_onceEach(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            SendRequest bad = new SendRequest().addSge(pair.left().address(0), 8, 0x0007_FF00);
            bad.wrId = 100;
            SendRequest last = bad;
            for (int n = 1; n <= 5; n++) {
                last.next = new SendRequest().addSge(pair.left().address(0), 8, pair.left().mr.lkey());
                last = last.next;
                last.wrId = 100 + n;
                last.flags = n % 2 == 0 ? SendFlag.SIGNALED : 0;
            }
            pair.left().post(bad);
            assertThat(pair.left().await(WcStatus.LOC_ACCESS_ERR).wrId).isEqualTo(100);
            for (int n = 1; n <= 5; n++) {
                assertThat(pair.left().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(100 + n);
            }
            SendRequest late = new SendRequest();
            late.wrId = 200;
            pair.left().post(late);
            assertThat(pair.left().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(200);
            pair.left().receive(300, 0, 8);
            assertThat(pair.left().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(300);
            assertThat(pair.left().nothingCompleted()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void localDmaKey_namesAllMemoryOfTheHost_byDeviceAddress_onTheOwnSide(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            try (DmaMemory memory = tenants.host("alice").machine().functions().getFirst().allocateCoherent(4096,
                    4096)) {
                memory.segment().set(ValueLayout.JAVA_LONG, 0, 4711);
                pair.right().receive(1, 0, 8);
                pair.left().post(new SendRequest().addSge(memory.deviceAddress(), 8,
                        pair.left().device.capabilities().localDmaKey()));
                pair.right().awaitOk();
                assertThat(pair.right().getLong(0)).isEqualTo(4711);
            }
        }
    }
}
