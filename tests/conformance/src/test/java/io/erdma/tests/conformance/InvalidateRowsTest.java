package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.FastRegion;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;

/** SENDs that invalidate a key of the receiver: unit/rc_test.cc, with fast-register regions in the place of memory windows. */
class InvalidateRowsTest {
    private static final int LENGTH = 64;
    private static final String NO_FAST_REGIONS = "user verbs have no regions that a peer may invalidate";

    @Row(value = "LoopbackRcQpTest.SendWithInvalidate", asserts = { BYTES, STATUS, STATE, BYSTANDER },
            apis = Api.KERNEL, otherwise = NO_FAST_REGIONS)
    void aSend_invalidatesTheReceiversKey_whichThenOpensNothing(Lab lab) {
        assertInvalidates(lab, LENGTH);
    }

    @Row(value = "LoopbackRcQpTest.SendWithInvalidateEmptySgl", asserts = { BYTES, STATUS, STATE, BYSTANDER },
            apis = Api.KERNEL, otherwise = NO_FAST_REGIONS)
    void anEmptySend_invalidatesTheReceiversKey_whichThenOpensNothing(Lab lab) {
        assertInvalidates(lab, 0);
    }

    private static void assertInvalidates(Lab lab, int length) {
        Pair pair = lab.pair();
        FastRegion region = FastRegion.registered(lab, lab.bob(), pair.right());
        assertOpen(pair, region);
        pair.left().memory.fill(0, LENGTH, 2);
        pair.right().postReceive(1, 0, LENGTH);
        pair.left().post(invalidating(pair.left(), length, region.rkey()));

        pair.left().awaitOk();
        WorkCompletion received = pair.right().awaitOk();
        assertThat(received.flags & WorkCompletion.WITH_INVALIDATE).isNotZero();
        assertThat(received.invalidatedKey).isEqualTo(region.rkey());
        assertThat(received.byteLength).isEqualTo(length);
        assertThat(pair.right().memory.bytes(0, length)).isEqualTo(pair.left().memory.bytes(0, length));
        pair.assertRefusedByPeer(into(pair, region), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "LoopbackRcQpTest.SendWithInvalidateNoBuffer", asserts = { BYTES, STATUS, STATE, BYSTANDER },
            apis = Api.KERNEL, otherwise = NO_FAST_REGIONS)
    void aSend_withoutAReceive_leavesTheKeyValid(Lab lab) {
        Pair pair = lab.pair();
        Pair other = samePd(lab, pair);
        FastRegion region = FastRegion.registered(lab, lab.bob(), pair.right());
        pair.assertRefusedByPeer(invalidating(pair.left(), LENGTH, region.rkey()),
                lab.profile().status(Decision.NO_RECEIVE));
        assertOpen(other, region);
    }

    @Row(value = "LoopbackRcQpTest.SendWithInvalidateBadRkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_thatInvalidatesAnUnknownKey_fails(Lab lab) {
        Pair pair = lab.pair();
        assertRefused(pair, ~pair.right().mr.rkey(), lab.profile().status(Decision.INVALIDATE_OF_WHAT_CANNOT_BE));
    }

    @Row(value = "LoopbackRcQpTest.SendWithInvalidateType1Rkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_thatInvalidatesAPlainRegion_fails_andTheRegionStays(Lab lab) {
        Pair pair = lab.pair();
        Pair other = samePd(lab, pair);
        assertRefused(pair, pair.right().mr.rkey(), lab.profile().status(Decision.INVALIDATE_OF_WHAT_CANNOT_BE));

        other.left().memory.fill(0, LENGTH, 3);
        SendRequest write = other.left().write(0, LENGTH, pair.right(), 1024);
        other.left().post(write);
        other.left().awaitOk();
        assertThat(pair.right().memory.bytes(1024, LENGTH)).isEqualTo(other.left().memory.bytes(0, LENGTH));
    }

    @Row(value = "LoopbackRcQpTest.SendWithInvalidateWrongQp", asserts = { BYTES, STATUS, STATE, BYSTANDER },
            apis = Api.KERNEL, otherwise = NO_FAST_REGIONS)
    void aSend_thatInvalidatesAKeyOfAnotherPd_fails_andTheKeyStays(Lab lab) {
        Pair pair = lab.pair();
        Pair owner = lab.pair();
        FastRegion region = FastRegion.registered(lab, lab.bob(), owner.right());
        assertRefused(pair, region.rkey(), lab.profile().status(Decision.INVALIDATE_OF_ANOTHER_PD));
        assertOpen(owner, region);
    }

    /** It fails, its receive is flushed and not used, both QPs end. */
    private static void assertRefused(Pair pair, int key, WcStatus status) {
        byte[] before = pair.right().memory.bytes();
        pair.right().postReceive(7, 0, LENGTH);
        pair.left().memory.fill(0, LENGTH, 4);
        pair.left().post(invalidating(pair.left(), LENGTH, key));

        pair.left().await(status);
        assertThat(pair.right().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(7);
        pair.assertEnded();
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }

    private static SendRequest invalidating(End end, int length, int key) {
        SendRequest send = end.request(WrOpcode.SEND_WITH_INV, 0, length);
        send.invalidateKey = key;
        return length == 0 ? send.clearSges() : send;
    }

    private static SendRequest into(Pair pair, FastRegion region) {
        SendRequest write = pair.left().write(0, LENGTH, pair.right(), 0);
        write.remoteAddress = region.address();
        write.remoteKey = region.rkey();
        return write;
    }

    /** A WRITE by the key arrives. */
    private static void assertOpen(Pair pair, FastRegion region) {
        pair.left().memory.fill(0, LENGTH, 5);
        pair.left().post(into(pair, region));
        pair.left().awaitOk();
        assertThat(region.bytes(LENGTH)).isEqualTo(pair.left().memory.bytes(0, LENGTH));
    }

    /** Another connection whose right end is in the PD of the first one's. */
    private static Pair samePd(Lab lab, Pair pair) {
        return lab.connect(lab.end(), lab.sharing(pair.right()));
    }
}
