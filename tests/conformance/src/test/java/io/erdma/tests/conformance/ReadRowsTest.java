package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;

/** READs: unit/rc_test.cc. */
class ReadRowsTest {
    @Row(value = "LoopbackRcQpTest.ReadInvalidRkey", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_byABadKey_isRefusedByThePeer_andChangesNothing(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 4096, 1);
        pair.right().memory.fill(0, 4096, 2);
        byte[] sink = pair.left().memory.bytes();
        SendRequest read = pair.left().read(0, 1024, pair.right(), 0);
        read.remoteKey = ~read.remoteKey;
        pair.left().post(read);

        pair.left().await(lab.profile().status(Decision.REFUSED_BY_PEER));
        assertThat(pair.left().memory.bytes()).isEqualTo(sink);
        pair.assertEnded();
    }
}
