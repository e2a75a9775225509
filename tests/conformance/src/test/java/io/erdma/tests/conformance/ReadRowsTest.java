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
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;

/** READs: unit/rc_test.cc. */
class ReadRowsTest {
    private static final int LENGTH = 1024;
    private static final int LARGE = 8 << 20;

    @Row(value = "LoopbackRcQpTest.BasicRead", asserts = { BYTES, STATUS })
    void aRead_pullsThePeersBytes(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest read = pair.left().read(0, LENGTH, pair.right(), 0);
        read.wrId = 5;
        pair.left().post(read);

        WorkCompletion done = pair.left().awaitOk();
        assertThat(done.opcode).isEqualTo(WcOpcode.RDMA_READ);
        assertThat(done.wrId).isEqualTo(5);
        assertThat(done.qpNumber).isEqualTo(pair.left().qp.qpn());
        assertThat(pair.left().memory.bytes(0, LENGTH)).isEqualTo(pair.right().memory.bytes(0, LENGTH));
        pair.right().assertNothingCompleted();
    }

    @Row(value = "LoopbackRcQpTest.BasicReadLargePayload", asserts = { BYTES, STATUS })
    void aLargeRead_pullsAllBytes(Lab lab) {
        Pair pair = lab.pair(usual -> usual.withBytes(LARGE));
        pair.right().memory.fill(0, LARGE, 3);
        pair.left().post(pair.left().read(0, LARGE, pair.right(), 0));

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.RDMA_READ);
        assertThat(pair.left().memory.segment().mismatch(pair.right().memory.segment())).isEqualTo(-1);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledRead", asserts = { BYTES, STATUS })
    void anUnsignalledRead_isDone_whenTheNextOneTells(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest silent = pair.left().read(0, LENGTH / 2, pair.right(), 0);
        silent.flags = 0;
        silent.next = pair.left().read(LENGTH / 2, LENGTH / 2, pair.right(), LENGTH / 2);
        silent.next.wrId = 2;
        pair.left().post(silent);

        assertThat(pair.left().awaitOk().wrId).isEqualTo(2);
        assertThat(pair.left().memory.bytes(0, LENGTH)).isEqualTo(pair.right().memory.bytes(0, LENGTH));
        pair.left().assertNothingCompleted();
    }

    @Row(value = "LoopbackRcQpTest.ReadInvalidLkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_intoABadKey_failsLocally(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        pair.assertFailsLocally(intoABadKey(pair), WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledReadError", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anUnsignalledRead_thatFails_tellsOfIt(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest read = intoABadKey(pair);
        read.flags = 0;
        pair.assertFailsLocally(read, WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.ReadInvalidRkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_byABadKey_isRefusedByThePeer_andChangesNothing(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest read = pair.left().read(0, LENGTH, pair.right(), 0);
        pair.assertRefusedByPeer(Spoil.remoteKey(read), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "LoopbackRcQpTest.ReadInvalidRKeyAndInvalidLKey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_withBothKeysBad_failsLocally(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest read = intoABadKey(pair);
        pair.assertFailsLocally(Spoil.remoteKey(read), lab.profile().status(Decision.BOTH_KEYS_BAD));
    }

    @Row(value = "LoopbackRcQpTest.ReadUnregisteredRemoteAddress", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_outsideThePeersRegion_isRefused(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest read = pair.left().read(0, LENGTH, pair.right(), pair.right().memory.segment().byteSize());
        pair.assertRefusedByPeer(read, lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    private static SendRequest intoABadKey(Pair pair) {
        return Spoil.localKeys(pair.left().read(0, LENGTH, pair.right(), 0));
    }
}
