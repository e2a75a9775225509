package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Feature;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;

/** The edges of a region, and requests of no bytes: unit/buffer_test.cc. */
class BufferRowsTest {
    private static final int LENGTH = 64;
    /** Where the regions of which tests exceed the edges begin, and how long they are. */
    private static final int REGION = 4096;
    private static final long INSIDE = 0;
    private static final long OUTSIDE = 1L << 40;

    @Row(value = "BufferTest.RegisterZeroByteMr", asserts = { ERRNO, STATE })
    void aRegionOfNoBytes_isRefused(Lab lab) {
        assertThat(lab.profile().has(Feature.ZERO_BASED_REGIONS)).isFalse();
        VerbsPd pd = lab.open().allocPd();

        Refused.with(Errno.EINVAL, () -> pd.regMr(lab.memory(64).slice(0, 0), Access.LOCAL_WRITE));

        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
    }

    private static SendRequest request(WrOpcode opcode, long address, int length, VerbsMr own, long remote, int key) {
        SendRequest request = new SendRequest().addSge(address, length, own.lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = remote;
        request.remoteKey = key;
        return request;
    }

    /** A request of no bytes works, wherever it points at, and leaves everything as it was. */
    private static void assertNothingMoves(Lab lab, WrOpcode opcode, long outside, int keyChange) {
        Pair pair = lab.pair();
        End left = pair.left();
        End right = pair.right();
        left.memory.fill(0, LENGTH, 1);
        right.memory.fill(0, LENGTH, 2);
        byte[] leftBefore = left.memory.bytes();
        byte[] rightBefore = right.memory.bytes();
        if (opcode == WrOpcode.SEND) {
            right.postReceive(1, 0, LENGTH);
        }

        left.post(request(opcode, left.memory.address(outside), 0, left.mr, right.memory.address(outside),
                right.mr.rkey() ^ keyChange));

        assertThat(left.awaitOk().byteLength).isZero();
        if (opcode == WrOpcode.SEND) {
            assertThat(right.awaitOk().byteLength).isZero();
        }
        assertThat(left.memory.bytes()).isEqualTo(leftBefore);
        assertThat(right.memory.bytes()).isEqualTo(rightBefore);
        pair.assertWorks();
    }

    @Row(value = "BufferMrTest.SendZeroByte", asserts = { BYTES, STATUS })
    void aSendOfNoBytes_takesAReceive_andMovesNothing(Lab lab) {
        assertNothingMoves(lab, WrOpcode.SEND, INSIDE, 0);
    }

    @Row(value = "BufferMrTest.SendZeroByteOutsideMr", asserts = { BYTES, STATUS })
    void aSendOfNoBytes_mayPointOutsideItsRegion(Lab lab) {
        assertNothingMoves(lab, WrOpcode.SEND, OUTSIDE, 0);
    }

    @Row(value = "BufferMrTest.ReadZeroByte", asserts = { BYTES, STATUS })
    void aReadOfNoBytes_movesNothing(Lab lab) {
        assertNothingMoves(lab, WrOpcode.RDMA_READ, INSIDE, 0);
    }

    @Row(value = "BufferMrTest.ReadZeroByteOutsideMr", asserts = { BYTES, STATUS })
    void aReadOfNoBytes_mayPointOutsideTheRegions(Lab lab) {
        assertNothingMoves(lab, WrOpcode.RDMA_READ, OUTSIDE, 0);
    }

    @Row(value = "BufferMrTest.ReadZeroByteInvalidRKey", asserts = { BYTES, STATUS })
    void aReadOfNoBytes_withABadKey_isAsDecided(Lab lab) {
        assertThat(lab.profile().status(Decision.ZERO_BYTES_WITH_BAD_KEY)).isEqualTo(WcStatus.SUCCESS);
        assertNothingMoves(lab, WrOpcode.RDMA_READ, INSIDE, -1);
    }

    @Row(value = "BufferMrTest.WriteZeroByte", asserts = { BYTES, STATUS })
    void aWriteOfNoBytes_movesNothing(Lab lab) {
        assertNothingMoves(lab, WrOpcode.RDMA_WRITE, INSIDE, 0);
    }

    @Row(value = "BufferMrTest.WriteZeroByteOutsideMr", asserts = { BYTES, STATUS })
    void aWriteOfNoBytes_mayPointOutsideTheRegions(Lab lab) {
        assertNothingMoves(lab, WrOpcode.RDMA_WRITE, OUTSIDE, 0);
    }

    @Row(value = "BufferMrTest.WriteZeroByteInvalidRKey", asserts = { BYTES, STATUS })
    void aWriteOfNoBytes_withABadKey_isAsDecided(Lab lab) {
        assertThat(lab.profile().status(Decision.ZERO_BYTES_WITH_BAD_KEY)).isEqualTo(WcStatus.SUCCESS);
        assertNothingMoves(lab, WrOpcode.RDMA_WRITE, INSIDE, -1);
    }

    /** A page in the middle of an end's memory, registered by itself: what lies before and behind is the end's too, and must not be reached. */
    private static VerbsMr middle(End end) {
        return end.pd.regMr(end.memory.slice(REGION, REGION), Access.values());
    }

    private static Pair filled(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 3 * REGION, 1);
        pair.right().memory.fill(0, 3 * REGION, 2);
        return pair;
    }

    private static void assertPeersEdgeHolds(Lab lab, WrOpcode opcode, long offset) {
        Pair pair = filled(lab);
        VerbsMr target = middle(pair.right());

        pair.assertRefusedByPeer(request(opcode, pair.left().memory.address(0), LENGTH, pair.left().mr,
                target.address() + offset, target.rkey()), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    private static void assertOwnEdgeHolds(Lab lab, WrOpcode opcode, long offset) {
        Pair pair = filled(lab);
        VerbsMr own = middle(pair.left());

        pair.assertFailsLocally(request(opcode, own.address() + offset, LENGTH, own,
                pair.right().memory.address(0), pair.right().mr.rkey()), WcStatus.LOC_ACCESS_ERR);
    }

    private static void assertFillsTheRegion(Lab lab, WrOpcode opcode) {
        Pair pair = filled(lab);
        VerbsMr own = middle(pair.left());
        VerbsMr target = middle(pair.right());
        pair.left().post(request(opcode, own.address(), REGION, own, target.address(), target.rkey()));

        pair.left().awaitOk();
        assertThat(pair.left().memory.bytes(REGION, REGION)).isEqualTo(pair.right().memory.bytes(REGION, REGION));
    }

    private static void assertFrontHolds(Lab lab, WrOpcode opcode) {
        assertFillsTheRegion(lab, opcode);
        assertPeersEdgeHolds(lab, opcode, -1);
        assertOwnEdgeHolds(lab, opcode, -1);
    }

    private static void assertRearHolds(Lab lab, WrOpcode opcode) {
        assertFillsTheRegion(lab, opcode);
        assertPeersEdgeHolds(lab, opcode, REGION - LENGTH + 1);
        assertOwnEdgeHolds(lab, opcode, REGION - LENGTH + 1);
    }

    @Row(value = "BufferMrTest.ReadExceedFront", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_fromOneByteBefore_isRefused(Lab lab) {
        assertFrontHolds(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "BufferMrTest.ReadExceedRear", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_toOneByteBehind_isRefused(Lab lab) {
        assertRearHolds(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "BufferMrTest.WriteExceedFront", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_fromOneByteBefore_isRefused(Lab lab) {
        assertFrontHolds(lab, WrOpcode.RDMA_WRITE);
    }

    @Row(value = "BufferMrTest.WriteExceedRear", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_toOneByteBehind_isRefused(Lab lab) {
        assertRearHolds(lab, WrOpcode.RDMA_WRITE);
    }
}
