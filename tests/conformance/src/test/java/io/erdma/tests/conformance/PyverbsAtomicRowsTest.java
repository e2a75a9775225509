package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpModifyAttributes;

/** Atomics: test_atomic.py of rdma-core. */
class PyverbsAtomicRowsTest {
    private static final int ROUNDS = 20;
    private static final int ACCESS_FLAGS = 1 << 3;
    private static final int OLD = 512;
    private static final int TARGET = 1024;
    private static final long START = 0x0102_0304_0506_0708L;
    private static final long SINK = 0x5555_5555_5555_5555L;

    @Row(value = "test_atomic.AtomicTest.test_atomic_cmp_and_swap", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void compareAndSwap_swapsWhatIsEqual_andTellsWhatWasThere(Lab lab) {
        Pair pair = lab.pair();
        long value = START;
        pair.right().memory.putLong(TARGET, value);
        for (int round = 0; round < ROUNDS; round++) {
            boolean equal = round % 2 == 0;
            long swap = value + round + 1;
            assertOld(pair, pair.left().compareSwap(OLD, pair.right(), TARGET, equal ? value : ~value, swap), value,
                    WcOpcode.COMP_SWAP);
            value = equal ? swap : value;
            assertThat(pair.right().memory.getLong(TARGET)).isEqualTo(value);
        }
        pair.right().assertNothingCompleted();
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_fetch_and_add", suite = Row.PYVERBS, asserts = { BYTES, STATUS })
    void fetchAndAdd_adds_andTellsWhatWasThere(Lab lab) {
        Pair pair = lab.pair();
        long value = Long.MAX_VALUE - 3;
        pair.right().memory.putLong(TARGET, value);
        for (int round = 0; round < ROUNDS; round++) {
            assertOld(pair, pair.left().fetchAdd(OLD, pair.right(), TARGET, round), value, WcOpcode.FETCH_ADD);
            value += round;
            assertThat(pair.right().memory.getLong(TARGET)).isEqualTo(value);
        }
        pair.right().assertNothingCompleted();
    }

    private static void assertOld(Pair pair, SendRequest atomic, long old, WcOpcode opcode) {
        pair.left().memory.putLong(OLD, SINK);
        pair.left().post(atomic);
        Traffic.assertCompletion(pair.left().awaitOk(), 0, opcode, pair.left());
        assertThat(pair.left().memory.getLong(OLD)).isEqualTo(old);
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_invalid_qp_access", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE })
    void rightsOfAQp_areNotToBeTaken_thoseOfTheRegionDecide(Lab lab) {
        assertThat(lab.profile().outcome(Decision.QP_ACCESS_FLAGS)).isEqualTo(Outcome.NO_EFFECT);
        Pair pair = lab.pair();
        QpAttributes before = pair.right().qp.query();
        pair.right().qp.modify(new QpModifyAttributes(ACCESS_FLAGS, QpState.RTS, 1));
        assertThat(pair.right().qp.query()).isEqualTo(before);

        pair.right().memory.putLong(TARGET, START);
        assertOld(pair, pair.left().fetchAdd(OLD, pair.right(), TARGET, 1), START, WcOpcode.FETCH_ADD);
        assertThat(pair.right().memory.getLong(TARGET)).isEqualTo(START + 1);
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_invalid_mr_access", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE, BYSTANDER })
    void anAtomic_onARegionThatIsNotForIt_isRefusedByThePeer(Lab lab) {
        Pair pair = lab.pair();
        End right = pair.right();
        try (VerbsMr mr = right.pd.regMr(right.memory.segment(), Access.LOCAL_WRITE, Access.REMOTE_WRITE,
                Access.REMOTE_READ)) {
            SendRequest atomic = pair.left().fetchAdd(OLD, right, TARGET, 1);
            atomic.remoteKey = mr.rkey();

            assertRefused(pair, atomic, lab.profile().status(Decision.REFUSED_BY_PEER));
            pair.assertEnded();
        }
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_non_aligned_addr", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE, BYSTANDER })
    void anAtomic_onAnAddressThatIsNoMultipleOf8_isRefusedByThePeer(Lab lab) {
        Pair pair = lab.pair();

        assertRefused(pair, pair.left().compareSwap(OLD, pair.right(), TARGET + 1, START, 1),
                lab.profile().status(Decision.UNALIGNED_ATOMIC));
        pair.assertEnded();
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_invalid_lkey", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE, BYSTANDER })
    void anAtomic_intoWhatIsNotOurs_isRefusedHere_andThePeerHearsOfNothing(Lab lab) {
        Pair pair = lab.pair();
        SendRequest atomic = pair.left().fetchAdd(OLD, pair.right(), TARGET, 1);
        atomic.clearSges().addSge(pair.left().memory.address(OLD), Long.BYTES, ~pair.left().mr.lkey());

        assertRefused(pair, atomic, WcStatus.LOC_ACCESS_ERR);
        pair.left().assertEnded();
        assertThat(pair.right().qp.events()).isEmpty();
    }

    @Row(value = "test_atomic.AtomicTest.test_atomic_invalid_rkey", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        STATE, BYSTANDER })
    void anAtomic_byABadKey_isRefusedByThePeer(Lab lab) {
        Pair pair = lab.pair();
        SendRequest atomic = pair.left().compareSwap(OLD, pair.right(), TARGET, START, 1);
        atomic.remoteKey = ~atomic.remoteKey;

        assertRefused(pair, atomic, lab.profile().status(Decision.REFUSED_BY_PEER));
        pair.assertEnded();
    }

    /** Neither side's memory changes. */
    private static void assertRefused(Pair pair, SendRequest atomic, WcStatus status) {
        pair.right().memory.putLong(TARGET, START);
        pair.left().memory.putLong(OLD, SINK);
        byte[] here = pair.left().memory.bytes();
        byte[] there = pair.right().memory.bytes();
        pair.left().post(atomic);

        pair.left().await(status);
        assertThat(pair.left().memory.bytes()).isEqualTo(here);
        assertThat(pair.right().memory.bytes()).isEqualTo(there);
    }
}
