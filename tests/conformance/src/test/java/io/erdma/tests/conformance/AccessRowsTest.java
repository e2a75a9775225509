package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import java.util.Arrays;

/** Which rights each transfer needs, and which it does not: unit/access_test.cc. */
class AccessRowsTest {
    private static final int LENGTH = 8;

    private static final WrOpcode SEND = WrOpcode.SEND;
    private static final WrOpcode READ = WrOpcode.RDMA_READ;
    private static final WrOpcode WRITE = WrOpcode.RDMA_WRITE;
    private static final WrOpcode FETCH_ADD = WrOpcode.ATOMIC_FETCH_AND_ADD;
    private static final WrOpcode COMPARE_SWAP = WrOpcode.ATOMIC_CMP_AND_SWP;

    private static Access[] all() {
        return Access.values();
    }

    /** All rights but one; without local write there are none to write for a peer either. */
    private static Access[] allBut(Access missing) {
        return Arrays.stream(Access.values()).filter(right -> right != missing).filter(
                right -> missing != Access.LOCAL_WRITE
                        || (right != Access.REMOTE_WRITE && right != Access.REMOTE_ATOMIC))
                .toArray(Access[]::new);
    }

    private static Pair pair(Lab lab, Access[] left, Access[] right) {
        Pair pair = lab.connect(lab.end(lab.alice(), EndSpec.usual().withAccess(left)),
                lab.end(lab.bob(), EndSpec.usual().withAccess(right)));
        pair.left().memory.fill(0, LENGTH, 1);
        pair.right().memory.fill(0, LENGTH, 2);
        return pair;
    }

    private static SendRequest request(Pair pair, WrOpcode opcode) {
        SendRequest request = pair.left().request(opcode, 0, LENGTH, pair.right(), 0);
        request.compareAdd = opcode == COMPARE_SWAP ? pair.right().memory.getLong(0) : 5;
        request.swap = 99;
        return request;
    }

    private static void assertWorks(Lab lab, WrOpcode opcode, Access[] left, Access[] right) {
        Pair pair = pair(lab, left, right);
        long source = pair.left().memory.getLong(0);
        long target = pair.right().memory.getLong(0);
        if (opcode == SEND) {
            pair.right().postReceive(1, 0, LENGTH);
        }
        pair.left().post(request(pair, opcode));
        pair.left().awaitOk();
        if (opcode == SEND) {
            pair.right().awaitOk();
        }
        boolean pulls = opcode == READ || opcode == FETCH_ADD || opcode == COMPARE_SWAP;
        assertThat(pair.left().memory.getLong(0)).isEqualTo(pulls ? target : source);
        assertThat(pair.right().memory.getLong(0)).isEqualTo(switch (opcode) {
            case RDMA_READ -> target;
            case ATOMIC_FETCH_AND_ADD -> target + 5;
            case ATOMIC_CMP_AND_SWP -> 99;
            default -> source;
        });
    }

    private static void assertRefusedByOwnSide(Lab lab, WrOpcode opcode, Access[] left) {
        Pair pair = pair(lab, left, all());
        pair.assertFailsLocally(request(pair, opcode), WcStatus.LOC_ACCESS_ERR);
    }

    private static void assertRefusedByPeer(Lab lab, WrOpcode opcode, Access[] right) {
        Pair pair = pair(lab, all(), right);
        pair.assertRefusedByPeer(request(pair, opcode), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "MessagingAccessTest.AllAccess", asserts = { BYTES, STATUS })
    void aSend_withAllRights_works(Lab lab) {
        assertWorks(lab, SEND, all(), all());
    }

    @Row(value = "MessagingAccessTest.MissingSrcLocalWrite", asserts = { BYTES, STATUS })
    void aSend_needsNoLocalWriteAtItsSource(Lab lab) {
        assertWorks(lab, SEND, allBut(Access.LOCAL_WRITE), all());
    }

    @Row(value = "MessagingAccessTest.MissingDstRemoteWrite", asserts = { BYTES, STATUS })
    void aSend_needsNoRemoteWriteAtItsTarget(Lab lab) {
        assertWorks(lab, SEND, all(), allBut(Access.REMOTE_WRITE));
    }

    @Row(value = "MessagingAccessTest.MissingDstLocalWrite", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aReceive_intoReadOnlyMemory_failsAtBothEnds(Lab lab) {
        Pair pair = pair(lab, all(), allBut(Access.LOCAL_WRITE));
        byte[] before = pair.right().memory.bytes();
        pair.right().postReceive(1, 0, LENGTH);
        pair.left().post(pair.left().send(0, LENGTH));

        pair.right().await(WcStatus.REM_ACCESS_ERR);
        pair.left().await(lab.profile().status(Decision.BAD_RECEIVE_AT_SENDER));
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
        pair.assertEnded();
    }

    @Row(value = "RdmaAccessTest.AllAccess/read", asserts = { BYTES, STATUS })
    void aRead_withAllRights_works(Lab lab) {
        assertWorks(lab, READ, all(), all());
    }

    @Row(value = "RdmaAccessTest.AllAccess/write", asserts = { BYTES, STATUS })
    void aWrite_withAllRights_works(Lab lab) {
        assertWorks(lab, WRITE, all(), all());
    }

    @Row(value = "RdmaAccessTest.MissingSrcLocalWrite/read", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_needsLocalWriteAtItsSink(Lab lab) {
        assertRefusedByOwnSide(lab, READ, allBut(Access.LOCAL_WRITE));
    }

    @Row(value = "RdmaAccessTest.MissingSrcLocalWrite/write", asserts = { BYTES, STATUS })
    void aWrite_needsNoLocalWriteAtItsSource(Lab lab) {
        assertWorks(lab, WRITE, allBut(Access.LOCAL_WRITE), all());
    }

    @Row(value = "RdmaAccessTest.MissingDstRemoteWrite/read", asserts = { BYTES, STATUS })
    void aRead_needsNoRemoteWrite(Lab lab) {
        assertWorks(lab, READ, all(), allBut(Access.REMOTE_WRITE));
    }

    @Row(value = "RdmaAccessTest.MissingDstRemoteWrite/write", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_needsRemoteWrite(Lab lab) {
        assertRefusedByPeer(lab, WRITE, allBut(Access.REMOTE_WRITE));
    }

    @Row(value = "RdmaAccessTest.MissingDstRemoteRead/read", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_needsRemoteRead(Lab lab) {
        assertRefusedByPeer(lab, READ, allBut(Access.REMOTE_READ));
    }

    @Row(value = "RdmaAccessTest.MissingDstRemoteRead/write", asserts = { BYTES, STATUS })
    void aWrite_needsNoRemoteRead(Lab lab) {
        assertWorks(lab, WRITE, all(), allBut(Access.REMOTE_READ));
    }

    @Row(value = { "RdmaAccessTest.MissingDstRemoteAtomic/read", "RdmaAccessTest.MissingDstRemoteAtomic/write" },
            asserts = { BYTES, STATUS })
    void neitherReadNorWrite_needsRemoteAtomic(Lab lab) {
        assertWorks(lab, READ, all(), allBut(Access.REMOTE_ATOMIC));
        assertWorks(lab, WRITE, all(), allBut(Access.REMOTE_ATOMIC));
    }

    @Row(value = "AtomicAccessTest.AllAccess/fetchAdd", asserts = { BYTES, STATUS })
    void aFetchAdd_withAllRights_works(Lab lab) {
        assertWorks(lab, FETCH_ADD, all(), all());
    }

    @Row(value = "AtomicAccessTest.AllAccess/compareSwap", asserts = { BYTES, STATUS })
    void aCompareSwap_withAllRights_works(Lab lab) {
        assertWorks(lab, COMPARE_SWAP, all(), all());
    }

    @Row(value = { "AtomicAccessTest.MissingDstRemoteWrite/fetchAdd",
        "AtomicAccessTest.MissingDstRemoteRead/fetchAdd" },
            asserts = { BYTES, STATUS })
    void aFetchAdd_needsNeitherRemoteWriteNorRead(Lab lab) {
        assertWorks(lab, FETCH_ADD, all(), allBut(Access.REMOTE_WRITE));
        assertWorks(lab, FETCH_ADD, all(), allBut(Access.REMOTE_READ));
    }

    @Row(value = { "AtomicAccessTest.MissingDstRemoteWrite/compareSwap",
        "AtomicAccessTest.MissingDstRemoteRead/compareSwap" }, asserts = { BYTES, STATUS })
    void aCompareSwap_needsNeitherRemoteWriteNorRead(Lab lab) {
        assertWorks(lab, COMPARE_SWAP, all(), allBut(Access.REMOTE_WRITE));
        assertWorks(lab, COMPARE_SWAP, all(), allBut(Access.REMOTE_READ));
    }

    @Row(value = "AtomicAccessTest.MissingSrcLocalWrite/fetchAdd", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aFetchAdd_needsLocalWriteForItsResult(Lab lab) {
        assertRefusedByOwnSide(lab, FETCH_ADD, allBut(Access.LOCAL_WRITE));
    }

    @Row(value = "AtomicAccessTest.MissingSrcLocalWrite/compareSwap", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aCompareSwap_needsLocalWriteForItsResult(Lab lab) {
        assertRefusedByOwnSide(lab, COMPARE_SWAP, allBut(Access.LOCAL_WRITE));
    }

    @Row(value = "AtomicAccessTest.MissingDstRemoteAtomic/fetchAdd", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aFetchAdd_needsRemoteAtomic(Lab lab) {
        assertRefusedByPeer(lab, FETCH_ADD, allBut(Access.REMOTE_ATOMIC));
    }

    @Row(value = "AtomicAccessTest.MissingDstRemoteAtomic/compareSwap", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aCompareSwap_needsRemoteAtomic(Lab lab) {
        assertRefusedByPeer(lab, COMPARE_SWAP, allBut(Access.REMOTE_ATOMIC));
    }
}
