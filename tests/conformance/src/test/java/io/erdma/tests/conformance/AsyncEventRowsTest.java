package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;

/** What a responder's program hears of a violation: unit/async_event_test.cc. */
class AsyncEventRowsTest {
    private static void assertResponderHearsOf(Lab lab, WrOpcode opcode) {
        Pair pair = lab.pair();
        pair.right().memory.fill(0, 64, 1);
        SendRequest request = pair.left().request(opcode, 0, 64, pair.right(), 0);
        request.remoteKey = ~request.remoteKey;
        assertThat(pair.right().qp.events()).isEmpty();
        pair.assertRefusedByPeer(request, lab.profile().status(Decision.REFUSED_BY_PEER));

        assertThat(pair.right().qp.events()).containsExactly(lab.profile().event(Decision.VIOLATION_AT_RESPONDER));
    }

    @Row(value = "AsyncEventTest.ReadRKeyViolation", asserts = { BYTES, STATUS, STATE, EVENT, BYSTANDER })
    void aReadByABadKey_isAnEventAtTheResponder(Lab lab) {
        assertResponderHearsOf(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "AsyncEventTest.WriteRKeyViolation", asserts = { BYTES, STATUS, STATE, EVENT, BYSTANDER })
    void aWriteByABadKey_isAnEventAtTheResponder(Lab lab) {
        assertResponderHearsOf(lab, WrOpcode.RDMA_WRITE);
    }
}
