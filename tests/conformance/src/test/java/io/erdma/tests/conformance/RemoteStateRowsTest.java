package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Spoil;

/** Requests to a peer whose QP does not work, or does not work any more: unit/rc_test.cc. */
class RemoteStateRowsTest {
    private static final int LENGTH = 8;

    @Row(value = { "RemoteRcQpStateTest.RemoteRcQpStateTests/ReadRts",
        "RemoteRcQpStateTest.RemoteRcQpStateTests/WriteRts",
        "RemoteRcQpStateTest.RemoteRcQpStateTests/FetchAddRts",
        "RemoteRcQpStateTest.RemoteRcQpStateTests/CompareSwapRts" },
            asserts = {
                BYTES, STATUS, STATE })
    void everyRequest_toAPeerInRts_succeeds(Lab lab) {
        Pair pair = lab.pair();
        End left = pair.left();
        left.memory.putLong(0, 5);
        pair.right().memory.putLong(8, 7);
        left.post(left.write(0, LENGTH, pair.right(), 0));
        left.post(left.read(8, LENGTH, pair.right(), 8));
        left.post(left.fetchAdd(16, pair.right(), 8, 2));
        left.post(left.compareSwap(24, pair.right(), 8, 9, 11));

        for (int i = 0; i < 4; i++) {
            left.awaitOk();
        }
        assertThat(pair.right().memory.getLong(0)).isEqualTo(5);
        assertThat(left.memory.getLong(8)).isEqualTo(7);
        assertThat(left.memory.getLong(16)).isEqualTo(7);
        assertThat(left.memory.getLong(24)).isEqualTo(9);
        assertThat(pair.right().memory.getLong(8)).isEqualTo(11);
        assertThat(pair.right().qp.state()).isEqualTo(QpState.RTS);
    }

    @Row(value = "RemoteRcQpStateTest.RemoteRcQpStateTests/ReadErr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_fromAPeerInErr_fails(Lab lab) {
        assertFails(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "RemoteRcQpStateTest.RemoteRcQpStateTests/WriteErr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_toAPeerInErr_fails(Lab lab) {
        assertFails(lab, WrOpcode.RDMA_WRITE);
    }

    @Row(value = "RemoteRcQpStateTest.RemoteRcQpStateTests/FetchAddErr", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anAddition_atAPeerInErr_fails(Lab lab) {
        assertFails(lab, WrOpcode.ATOMIC_FETCH_AND_ADD);
    }

    @Row(value = "RemoteRcQpStateTest.RemoteRcQpStateTests/CompareSwapErr",
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSwap_atAPeerInErr_fails(Lab lab) {
        assertFails(lab, WrOpcode.ATOMIC_CMP_AND_SWP);
    }

    /** The request is lost, or flushed if the connection has gone before; the peer's state and memory stay. */
    private static void assertFails(Lab lab, WrOpcode opcode) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, LENGTH, 1);
        byte[] own = pair.left().memory.bytes();
        byte[] peers = pair.right().memory.bytes();
        pair.right().qp.modify(QpState.ERR);
        SendRequest request = pair.left().request(opcode, 0, LENGTH, pair.right(), 0);
        request.wrId = 3;
        pair.left().post(request);

        WorkCompletion done = pair.left().await();
        assertThat(done.wrId).isEqualTo(3);
        assertThat(done.status).isIn(WcStatus.RETRY_EXC_ERR, WcStatus.WR_FLUSH_ERR);
        pair.left().awaitLeavingRts();
        pair.left().assertFlushes();
        assertThat(pair.right().qp.state()).isEqualTo(QpState.ERR);
        assertThat(pair.left().memory.bytes()).isEqualTo(own);
        assertThat(pair.right().memory.bytes()).isEqualTo(peers);
    }

    @Row(value = "LoopbackRcQpTest.RemoteFatalError", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void afterAFatalRead_bothQpsAreDone_andTheNextRequestIsFlushed(Lab lab) {
        Pair pair = lab.pair();
        pair.right().memory.fill(0, LENGTH, 2);
        byte[] peers = pair.right().memory.bytes();
        End left = pair.left();
        left.post(Spoil.remoteKey(left.read(0, LENGTH, pair.right(), 0)));
        left.await(lab.profile().status(Decision.REFUSED_BY_PEER));

        SendRequest next = left.fetchAdd(0, pair.right(), 0, 1);
        next.wrId = 9;
        left.post(next);
        assertThat(left.await(WcStatus.WR_FLUSH_ERR).wrId).isEqualTo(9);
        pair.assertEnded();
        assertThat(pair.right().memory.bytes()).isEqualTo(peers);
        assertThat(left.memory.bytes(0, LENGTH)).containsOnly(0);
    }
}
