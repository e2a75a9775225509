package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;

/** WRITEs, with and without an immediate: unit/rc_test.cc. */
class WriteRowsTest {
    private static final int LENGTH = 1024;
    private static final int LARGE = 8 << 20;
    private static final int IMMEDIATE = 0xCAFE_0001;

    @Row(value = "LoopbackRcQpTest.BasicWrite", asserts = { BYTES, STATUS })
    void aWrite_pushesTheOwnBytes_andThePeerHearsNothing(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest write = pair.left().write(0, LENGTH, pair.right(), 0);
        write.wrId = 5;
        pair.left().post(write);

        WorkCompletion done = pair.left().awaitOk();
        assertThat(done.opcode).isEqualTo(WcOpcode.RDMA_WRITE);
        assertThat(done.wrId).isEqualTo(5);
        assertThat(done.qpNumber).isEqualTo(pair.left().qp.qpn());
        assertWritten(pair, LENGTH);
        pair.right().assertNothingCompleted();
    }

    @Row(value = "LoopbackRcQpTest.BasicWriteLargePayload", asserts = { BYTES, STATUS })
    void aLargeWrite_pushesAllBytes(Lab lab) {
        Pair pair = lab.pair(usual -> usual.withBytes(LARGE));
        pair.left().memory.fill(0, LARGE, 3);
        pair.left().post(pair.left().write(0, LARGE, pair.right(), 0));

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.RDMA_WRITE);
        assertThat(pair.right().memory.segment().mismatch(pair.left().memory.segment())).isEqualTo(-1);
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledWrite", asserts = { BYTES, STATUS })
    void anUnsignalledWrite_isDone_whenTheNextOneTells(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest silent = pair.left().write(0, LENGTH / 2, pair.right(), 0);
        silent.flags = 0;
        silent.next = pair.left().write(LENGTH / 2, LENGTH / 2, pair.right(), LENGTH / 2);
        silent.next.wrId = 2;
        pair.left().post(silent);

        assertThat(pair.left().awaitOk().wrId).isEqualTo(2);
        assertWritten(pair, LENGTH);
        pair.left().assertNothingCompleted();
    }

    @Row(value = "LoopbackRcQpTest.WriteInlineData", asserts = { BYTES, STATUS })
    void anInlineWrite_needsNoKey(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest write = pair.left().write(0, 0, pair.right(), 0).clearSges()
                .addInline(pair.left().memory.segment(), 0, 40).addInline(pair.left().memory.segment(), 40, 56);
        pair.left().post(write);

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.RDMA_WRITE);
        assertWritten(pair, 96);
    }

    @Row(value = "LoopbackRcQpTest.WriteImmData", asserts = { BYTES, STATUS })
    void aWriteWithImmediate_takesAReceive_whoseMemoryStays(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        byte[] buffer = pair.right().memory.bytes(LENGTH, LENGTH);
        pair.right().postReceive(6, LENGTH, LENGTH);
        pair.left().post(withImmediate(pair, LENGTH));

        assertThat(pair.left().awaitOk().opcode).isEqualTo(WcOpcode.RDMA_WRITE);
        assertTold(pair.right().awaitOk());
        assertWritten(pair, LENGTH);
        assertThat(pair.right().memory.bytes(LENGTH, LENGTH)).isEqualTo(buffer);
    }

    @Row(value = "LoopbackRcQpTest.WriteZeroByteWithImmData", asserts = { BYTES, STATUS })
    void anEmptyWriteWithImmediate_bringsTheImmediate(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        byte[] before = pair.right().memory.bytes();
        pair.right().postEmptyReceive(6);
        SendRequest write = withImmediate(pair, 0);
        write.clearSges();
        pair.left().post(write);

        pair.left().awaitOk();
        assertTold(pair.right().awaitOk());
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }

    private static SendRequest withImmediate(Pair pair, int length) {
        SendRequest write = pair.left().request(WrOpcode.RDMA_WRITE_WITH_IMM, 0, length, pair.right(), 0);
        write.immediate = IMMEDIATE;
        return write;
    }

    private static void assertTold(WorkCompletion received) {
        assertThat(received.wrId).isEqualTo(6);
        assertThat(received.opcode).isEqualTo(WcOpcode.RECV_RDMA_WITH_IMM);
        assertThat(received.flags & WorkCompletion.WITH_IMM).isNotZero();
        assertThat(received.immediate).isEqualTo(IMMEDIATE);
    }

    @Row(value = "LoopbackRcQpTest.WriteImmDataInvalidRKey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWriteWithImmediate_byABadKey_isRefused_andTakesNoReceive(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        byte[] before = pair.right().memory.bytes();
        pair.right().postReceive(6, LENGTH, LENGTH);
        pair.left().post(Spoil.remoteKey(withImmediate(pair, LENGTH)));

        pair.left().await(lab.profile().status(Decision.REFUSED_BY_PEER));
        assertThat(pair.right().await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(6);
        pair.assertEnded();
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
    }

    @Row(value = "LoopbackRcQpTest.WriteImmDataRnR", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWriteWithImmediate_withoutAReceive_fails(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        pair.assertRefusedByPeer(withImmediate(pair, LENGTH), lab.profile().status(Decision.NO_RECEIVE));
    }

    @Row(value = "LoopbackRcQpTest.WriteInvalidLkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_fromABadKey_failsLocally(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        pair.assertFailsLocally(fromABadKey(pair), WcStatus.LOC_ACCESS_ERR);
    }

    @Row(value = "LoopbackRcQpTest.WriteInvalidRkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_byABadKey_isRefusedByThePeer(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        pair.assertRefusedByPeer(byABadKey(pair), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "LoopbackRcQpTest.UnsignaledWriteInvalidRkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anUnsignalledWrite_thatIsRefused_tellsOfIt(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest write = byABadKey(pair);
        write.flags &= ~SendFlag.SIGNALED;
        pair.assertRefusedByPeer(write, lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "LoopbackRcQpTest.WriteInvalidRKeyAndInvalidLKey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_withBothKeysBad_failsLocally(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        pair.assertFailsLocally(Spoil.remoteKey(fromABadKey(pair)), lab.profile().status(Decision.BOTH_KEYS_BAD));
    }

    @Row(value = "LoopbackRcQpTest.WriteUnregisteredAddress", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_outsideThePeersRegion_isRefused(Lab lab) {
        Pair pair = lab.pair().filled(2 * LENGTH);
        SendRequest write = pair.left().write(0, LENGTH, pair.right(), pair.right().memory.segment().byteSize());
        pair.assertRefusedByPeer(write, lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    private static SendRequest fromABadKey(Pair pair) {
        return Spoil.localKeys(pair.left().write(0, LENGTH, pair.right(), 0));
    }

    private static SendRequest byABadKey(Pair pair) {
        return Spoil.remoteKey(pair.left().write(0, LENGTH, pair.right(), 0));
    }

    private static void assertWritten(Pair pair, int length) {
        assertThat(pair.right().memory.bytes(0, length)).isEqualTo(pair.left().memory.bytes(0, length));
    }
}
