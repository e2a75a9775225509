package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;
import java.util.function.Consumer;

/** FETCH-AND-ADD and COMPARE-AND-SWAP: unit/rc_test.cc. The target is the peer's word at 0, the old value lands in the own word at 8. */
class AtomicRowsTest {
    private static final long OLD = 0x0102_0304_0506_0708L;
    private static final long UNTOUCHED = 0x5555_5555_5555_5555L;
    private static final WrOpcode[] ATOMICS = { WrOpcode.ATOMIC_FETCH_AND_ADD, WrOpcode.ATOMIC_CMP_AND_SWP };

    @Row(value = "LoopbackRcQpTest.FetchAddNoOp", asserts = { BYTES, STATUS })
    void addingZero_bringsTheOldValue(Lab lab) {
        assertAdds(lab, 0);
    }

    @Row(value = "LoopbackRcQpTest.FetchAddIncrementBy1", asserts = { BYTES, STATUS })
    void addingOne_increments(Lab lab) {
        assertAdds(lab, 1);
    }

    @Row(value = "LoopbackRcQpTest.FetchAddLargeIncrement", asserts = { BYTES, STATUS })
    void addingMuch_wrapsAt64Bits(Lab lab) {
        assertAdds(lab, -OLD - 1);
        assertAdds(lab, Long.MIN_VALUE);
    }

    private static void assertAdds(Lab lab, long add) {
        Pair pair = prepared(lab);
        SendRequest request = pair.left().fetchAdd(8, pair.right(), 0, add);
        request.wrId = 3;
        pair.left().post(request);

        WorkCompletion done = pair.left().awaitOk();
        assertThat(done.opcode).isEqualTo(WcOpcode.FETCH_ADD);
        assertThat(done.wrId).isEqualTo(3);
        assertDone(pair, OLD + add);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledFetchAdd", asserts = { BYTES, STATUS })
    void anUnsignalledAddition_isDone_whenTheNextRequestTells(Lab lab) {
        Pair pair = prepared(lab);
        SendRequest add = pair.left().fetchAdd(8, pair.right(), 0, 7);
        assertDoneSilently(pair, add, OLD + 7);
    }

    @Row(value = "LoopbackRcQpTest.CompareSwapNotEqualNoSwap", asserts = { BYTES, STATUS })
    void comparing_withAnotherValue_swapsNothing(Lab lab) {
        Pair pair = prepared(lab);
        pair.left().post(pair.left().compareSwap(8, pair.right(), 0, OLD + 1, 99));

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.COMP_SWAP);
        assertDone(pair, OLD);
    }

    @Row(value = "LoopbackRcQpTest.CompareSwapEqualWithSwap", asserts = { BYTES, STATUS })
    void comparing_withTheValue_swaps(Lab lab) {
        Pair pair = prepared(lab);
        pair.left().post(pair.left().compareSwap(8, pair.right(), 0, OLD, 99));

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.COMP_SWAP);
        assertDone(pair, 99);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledCompareSwap", asserts = { BYTES, STATUS })
    void anUnsignalledSwap_isDone_whenTheNextRequestTells(Lab lab) {
        Pair pair = prepared(lab);
        SendRequest swap = pair.left().compareSwap(8, pair.right(), 0, OLD, 99);
        assertDoneSilently(pair, swap, 99);
    }

    private static void assertDoneSilently(Pair pair, SendRequest atomic, long value) {
        atomic.flags = 0;
        atomic.next = pair.left().read(64, 8, pair.right(), 0);
        atomic.next.wrId = 4;
        pair.left().post(atomic);

        assertThat(pair.left().awaitOk().wrId).isEqualTo(4);
        pair.left().assertNothingCompleted();
        assertDone(pair, value);
        assertThat(pair.left().memory.getLong(64)).isEqualTo(value);
    }

    private static void assertDone(Pair pair, long value) {
        assertThat(pair.left().memory.getLong(8)).isEqualTo(OLD);
        assertThat(pair.right().memory.getLong(0)).isEqualTo(value);
        assertThat(pair.right().memory.getLong(8)).isEqualTo(UNTOUCHED);
        assertThat(pair.left().memory.getLong(0)).isEqualTo(UNTOUCHED);
        assertThat(pair.left().memory.getLong(16)).isEqualTo(UNTOUCHED);
    }

    @Row(value = "LoopbackRcQpTest.FetchAddSplitSgl", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAddition_withSeveralElements_usesTheFirst(Lab lab) {
        Pair whole = prepared(lab);
        End left = whole.left();
        whole.left().post(left.fetchAdd(8, whole.right(), 0, 1).addSge(left.memory.address(16), 8, left.mr.lkey()));
        left.awaitOk();
        assertDone(whole, OLD + 1);

        Pair split = prepared(lab);
        End half = split.left();
        SendRequest request = half.fetchAdd(8, split.right(), 0, 1).clearSges()
                .addSge(half.memory.address(8), 4, half.mr.lkey()).addSge(half.memory.address(16), 4, half.mr.lkey());
        split.assertFailsLocally(request, lab.profile().status(Decision.ATOMIC_WITH_SEVERAL_ELEMENTS));
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddInvalidSize", "LoopbackRcQpTest.CompareSwapInvalidSize" },
            asserts = { BYTES, STATUS })
    void anAtomic_withALongerElement_writesEightBytes(Lab lab) {
        for (WrOpcode opcode : ATOMICS) {
            Pair pair = prepared(lab);
            End left = pair.left();
            left.post(atomic(opcode, pair).clearSges().addSge(left.memory.address(8), 9, left.mr.lkey()));

            left.await(lab.profile().status(Decision.ATOMIC_WITH_LARGER_ELEMENT));
            assertDone(pair, OLD + 1);
        }
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddUnaligned", "LoopbackRcQpTest.CompareSwapUnaligned" },
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_onAnUnalignedAddress_isRefused(Lab lab) {
        assertRefusedByPeer(lab, Decision.UNALIGNED_ATOMIC, AtomicRowsTest::misalign);
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddUnalignedInvalidRKey",
        "LoopbackRcQpTest.CompareSwapUnalignedInvalidRKey" }, asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_onAnUnalignedAddress_byABadKey_isRefused(Lab lab) {
        assertRefusedByPeer(lab, Decision.UNALIGNED_ATOMIC, AtomicRowsTest::misalign, Spoil::remoteKey);
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddInvalidRKey", "LoopbackRcQpTest.CompareSwapInvalidRKey" },
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_byABadKey_isRefused(Lab lab) {
        assertRefusedByPeer(lab, Decision.REFUSED_BY_PEER, Spoil::remoteKey);
    }

    @SafeVarargs
    private static void assertRefusedByPeer(Lab lab, Decision decision, Consumer<SendRequest>... faults) {
        for (WrOpcode opcode : ATOMICS) {
            Pair pair = prepared(lab);
            SendRequest request = atomic(opcode, pair);
            for (Consumer<SendRequest> fault : faults) {
                fault.accept(request);
            }
            pair.assertRefusedByPeer(request, lab.profile().status(decision));
        }
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddInvalidLKey", "LoopbackRcQpTest.CompareSwapInvalidLKey" },
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_intoABadKey_failsLocally(Lab lab) {
        assertFailsLocally(lab, WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = { "LoopbackRcQpTest.UnsignaledFetchAddError", "LoopbackRcQpTest.UnsignaledCompareSwapError" },
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anUnsignalledAtomic_thatFails_tellsOfIt(Lab lab) {
        assertFailsLocally(lab, WcStatus.LOC_ACCESS_ERR, request -> request.flags = 0);
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddInvalidLKeyAndInvalidRKey",
        "LoopbackRcQpTest.CompareSwapInvalidRKeyAndInvalidLKey" }, asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_withBothKeysBad_failsLocally(Lab lab) {
        assertFailsLocally(lab, lab.profile().status(Decision.BOTH_KEYS_BAD), Spoil::remoteKey);
    }

    @Row(value = { "LoopbackRcQpTest.FetchAddUnalignedInvalidLKey",
        "LoopbackRcQpTest.CompareSwapUnalignedInvalidLKey" }, asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAtomic_onAnUnalignedAddress_intoABadKey_failsLocally(Lab lab) {
        assertFailsLocally(lab, WcStatus.LOC_ACCESS_ERR, AtomicRowsTest::misalign);
    }

    /** With a bad own key, and other faults. */
    @SafeVarargs
    private static void assertFailsLocally(Lab lab, WcStatus status, Consumer<SendRequest>... faults) {
        for (WrOpcode opcode : ATOMICS) {
            Pair pair = prepared(lab);
            SendRequest request = Spoil.localKeys(atomic(opcode, pair));
            for (Consumer<SendRequest> fault : faults) {
                fault.accept(request);
            }
            pair.assertFailsLocally(request, status);
        }
    }

    private static void misalign(SendRequest request) {
        request.remoteAddress += 4;
    }

    /** An atomic that would increment the target. */
    private static SendRequest atomic(WrOpcode opcode, Pair pair) {
        return opcode == WrOpcode.ATOMIC_FETCH_AND_ADD
                ? pair.left().fetchAdd(8, pair.right(), 0, 1)
                : pair.left().compareSwap(8, pair.right(), 0, OLD, OLD + 1);
    }

    private static Pair prepared(Lab lab) {
        Pair pair = lab.pair();
        for (int word = 0; word < 4; word++) {
            pair.left().memory.putLong(8L * word, UNTOUCHED);
            pair.right().memory.putLong(8L * word, UNTOUCHED);
        }
        pair.right().memory.putLong(0, OLD);
        return pair;
    }
}
