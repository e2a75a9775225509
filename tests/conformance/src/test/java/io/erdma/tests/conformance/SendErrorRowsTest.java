package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;
import io.erdma.tests.conformance.harness.VerbsMr;

/** SENDs that fail, by the fault of the sender's or of the receiver's element: unit/rc_test.cc. */
class SendErrorRowsTest {
    private static final int LENGTH = 64;

    @Row(value = "LoopbackRcQpTest.SendInvalidLkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_byABadKey_failsLocally_andTakesNoReceive(Lab lab) {
        Pair pair = lab.pair();
        pair.right().postReceive(1, 0, LENGTH);
        pair.assertFailsLocally(Spoil.localKeys(pair.left().send(0, LENGTH)), WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledSendError", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anUnsignalledSend_thatFails_tellsOfIt(Lab lab) {
        Pair pair = lab.pair();
        SendRequest send = Spoil.localKeys(pair.left().send(0, LENGTH));
        send.flags = 0;
        pair.assertFailsLocally(send, WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.SendWithTooSmallRecv", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_longerThanItsReceive_failsAtBothEnds_andWritesNothing(Lab lab) {
        Pair pair = lab.pair();
        WcStatus status = lab.profile().status(Decision.TOO_SMALL_RECEIVE);
        assertFails(pair, pair.right().receive(1, 0, LENGTH - 1), status, status);
    }

    @Row(value = "LoopbackRcQpTest.SendRnr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_withoutAReceive_fails(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, LENGTH, 1);
        pair.assertRefusedByPeer(pair.left().send(0, LENGTH), lab.profile().status(Decision.NO_RECEIVE));
    }

    @Row(value = "LoopbackRcQpTest.BadRecvAddr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aReceive_outsideItsRegion_fails(Lab lab) {
        Pair pair = lab.pair();
        End right = pair.right();
        long outside = right.memory.address(right.memory.segment().byteSize());
        assertBadReceive(lab, pair, new ReceiveRequest().set(1, outside, LENGTH, right.mr.lkey()));
    }

    @Row(value = "LoopbackRcQpTest.RecvOnDeregisteredRegion", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aReceive_whoseRegionIsGone_fails(Lab lab) {
        Pair pair = lab.pair();
        End right = pair.right();
        VerbsMr gone = right.pd.regMr(right.memory.slice(0, LENGTH), Access.LOCAL_WRITE);
        right.post(new ReceiveRequest().set(1, gone.address(), LENGTH, gone.lkey()));
        gone.close();
        assertSendFails(pair, lab.profile().status(Decision.BAD_RECEIVE_AT_SENDER), WcStatus.REM_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.RecvPayloadExceedMr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aMessage_thatRunsPastTheEndOfTheReceiversRegion_fails(Lab lab) {
        Pair pair = lab.pair();
        assertBadReceive(lab, pair, beyondItsRegion(pair.right(), LENGTH - 1));
    }

    @Row(value = "LoopbackRcQpTest.RecvBufferExceedMr", asserts = { BYTES, STATUS })
    void aReceive_longerThanItsRegion_takesAMessageThatFits(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, LENGTH, 2);
        pair.right().post(beyondItsRegion(pair.right(), LENGTH));
        pair.left().post(pair.left().send(0, LENGTH));

        pair.left().awaitOk();
        WorkCompletion received = pair.right().await(lab.profile().status(Decision.RECEIVE_BEYOND_REGION));
        assertThat(received.byteLength).isEqualTo(LENGTH);
        assertThat(pair.right().memory.bytes(0, LENGTH)).isEqualTo(pair.left().memory.bytes(0, LENGTH));
        assertThat(pair.right().memory.bytes(LENGTH, 4096)).containsOnly(0);
    }

    /** A receive that is longer than its region, which has so many bytes. */
    private static ReceiveRequest beyondItsRegion(End end, int bytes) {
        VerbsMr region = end.pd.regMr(end.memory.slice(0, bytes), Access.LOCAL_WRITE);
        return new ReceiveRequest().set(1, region.address(), 2 * LENGTH, region.lkey());
    }

    @Row(value = "LoopbackRcQpTest.BadRecvLkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aReceive_byABadKey_fails(Lab lab) {
        Pair pair = lab.pair();
        End right = pair.right();
        assertBadReceive(lab, pair, new ReceiveRequest().set(1, right.memory.address(0), LENGTH, ~right.mr.lkey()));
    }

    private static void assertBadReceive(Lab lab, Pair pair, ReceiveRequest receive) {
        assertFails(pair, receive, lab.profile().status(Decision.BAD_RECEIVE_AT_SENDER), WcStatus.REM_ACCESS_ERR);
    }

    private static void assertFails(Pair pair, ReceiveRequest receive, WcStatus atSender, WcStatus atReceiver) {
        pair.right().post(receive);
        assertSendFails(pair, atSender, atReceiver);
    }

    /** A SEND into the receive of number 1 fails at both ends, and writes nothing. */
    private static void assertSendFails(Pair pair, WcStatus atSender, WcStatus atReceiver) {
        pair.left().memory.fill(0, LENGTH, 3);
        byte[] before = pair.right().memory.bytes();
        pair.left().post(pair.left().send(0, LENGTH));

        pair.left().await(atSender);
        assertThat(pair.right().await(atReceiver).wrId).isEqualTo(1);
        pair.assertEnded();
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }
}
