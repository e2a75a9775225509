package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a peer may not do to this side's memory (device-behaviour §4): not a byte changes, and nobody else notices. */
class RemoteProtectionTest {
    private static final long TARGET = 16 << 10;
    private static final int TARGET_BYTES = 8192;
    private static final int LENGTH = 64;
    private static final List<WrOpcode> TAGGED = List.of(WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM,
            WrOpcode.RDMA_READ, WrOpcode.ATOMIC_CMP_AND_SWP, WrOpcode.ATOMIC_FETCH_AND_ADD);

    /** A way to be refused; the address is relative to the target's region. */
    private enum Violation {
        UNKNOWN_STAG(0x02),
        DEREGISTERED(0x02),
        WRONG_KEY_BYTE(0x02),
        LOCAL_DMA_KEY(0x02),
        BEYOND_THE_END(0x03),
        BEFORE_THE_BEGINNING(0x03),
        WRAPPING(0x06),
        WITHOUT_THE_RIGHT(0x04),
        OF_ANOTHER_PD(0x05);

        /** What completion tells beside REM_ACCESS_ERR (device-interface §8). */
        private final int vendorError;

        Violation(int vendorError) {
            this.vendorError = vendorError;
        }
    }

    static Stream<Arguments> violations() {
        List<Arguments> all = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            for (Violation violation : Violation.values()) {
                TAGGED.stream()
                        .filter(opcode -> violation != Violation.WRAPPING || !isAtomic(opcode)) // 8 aligned bytes don't
                        .forEach(opcode -> all.add(Arguments.of(mode, violation, opcode)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("violations")
    @SuppressWarnings("try") // some close before the end of the block
    void violation_leavesEveryByte_endsBothQps_andNobodyElse(Mode mode, Violation violation, WrOpcode opcode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair bystander = tenants.pair(); Pair pair = tenants.pair()) {
            Side target = pair.right();
            fill(target);
            fill(pair.left());
            byte[] before = target.bytes(0, Side.BYTES);
            byte[] sink = pair.left().bytes(0, Side.BYTES);
            try (ProtectionDomain other = target.device.allocPd();
                    MemoryRegion region = region(violation, opcode, target, other)) {
                target.receiveEmpty(1);
                SendRequest request = request(pair.left(), opcode);
                request.remoteKey = key(violation, region, target);
                request.remoteAddress = address(violation, opcode, target);
                if (violation == Violation.DEREGISTERED) {
                    region.close();
                }
                pair.left().post(request);

                assertThat(pair.left().await(WcStatus.REM_ACCESS_ERR).vendorError).isEqualTo(violation.vendorError);
                assertFatal(pair.left());
                assertFatal(target);
                assertThat(target.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(1);
                assertThat(target.bytes(0, Side.BYTES)).isEqualTo(before);
                assertThat(pair.left().bytes(0, Side.BYTES)).isEqualTo(sink);
                bystander.assertWorks();
            }
        }
    }

    private static void fill(Side side) {
        for (int i = 0; i < Side.BYTES; i += Long.BYTES) {
            side.putLong(i, 0x0101_0101_0101_0101L * (i >>> 3 & 0x7F));
        }
    }

    private static MemoryRegion region(Violation violation, WrOpcode opcode, Side target, ProtectionDomain other) {
        ProtectionDomain pd = violation == Violation.OF_ANOTHER_PD ? other : target.pd;
        Access[] rights = violation == Violation.WITHOUT_THE_RIGHT ? allBut(right(opcode)) : Access.values();
        return pd.regMr(target.memory.asSlice(TARGET, TARGET_BYTES), rights);
    }

    private static Access right(WrOpcode opcode) {
        return switch (opcode) {
            case RDMA_READ -> Access.REMOTE_READ;
            case ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD -> Access.REMOTE_ATOMIC;
            default -> Access.REMOTE_WRITE;
        };
    }

    private static Access[] allBut(Access missing) {
        return Arrays.stream(Access.values()).filter(right -> right != missing).toArray(Access[]::new);
    }

    private static int key(Violation violation, MemoryRegion region, Side target) {
        return switch (violation) {
            case UNKNOWN_STAG -> 0x0007_FF00;
            case WRONG_KEY_BYTE -> region.rkey() | 1;
            case LOCAL_DMA_KEY -> target.device.capabilities().localDmaKey();
            default -> region.rkey();
        };
    }

    private static long address(Violation violation, WrOpcode opcode, Side target) {
        return switch (violation) {
            case BEYOND_THE_END -> target.address(TARGET + TARGET_BYTES - (isAtomic(opcode) ? 0 : LENGTH - 1));
            case BEFORE_THE_BEGINNING -> target.address(TARGET - Long.BYTES);
            case WRAPPING -> -Long.BYTES;
            default -> target.address(TARGET);
        };
    }

    private static boolean isAtomic(WrOpcode opcode) {
        return opcode == WrOpcode.ATOMIC_CMP_AND_SWP || opcode == WrOpcode.ATOMIC_FETCH_AND_ADD;
    }

    private static SendRequest request(Side side, WrOpcode opcode) {
        SendRequest request = new SendRequest();
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.compareAdd = 1;
        request.swap = 2;
        return request.addSge(side.address(TARGET), isAtomic(opcode) ? Long.BYTES : LENGTH, side.mr.lkey());
    }

    private static void assertFatal(Side side) {
        side.awaitEvent();
        assertThat(side.events).extracting(AsyncEvent::type).containsExactly(AsyncEventType.QP_FATAL);
    }
}
