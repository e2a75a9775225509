package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;

/** SENDs that work: unit/rc_test.cc. */
class SendRowsTest {
    @Row(value = "LoopbackRcQpTest.Send", asserts = { BYTES, STATUS })
    void aSend_bringsItsBytes_andBothSidesHearOfIt(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 1000, 1);
        pair.right().postReceive(7, 0, 1024);
        SendRequest send = pair.left().send(0, 1000);
        send.wrId = 8;
        pair.left().post(send);

        WorkCompletion sent = pair.left().awaitOk();
        assertThat(sent.wrId).isEqualTo(8);
        assertThat(sent.opcode).isEqualTo(WcOpcode.SEND);
        assertThat(sent.qpNumber).isEqualTo(pair.left().qp.qpn());
        WorkCompletion received = pair.right().awaitOk();
        assertThat(received.wrId).isEqualTo(7);
        assertThat(received.opcode).isEqualTo(WcOpcode.RECV);
        assertThat(received.byteLength).isEqualTo(1000);
        assertThat(received.qpNumber).isEqualTo(pair.right().qp.qpn());
        assertThat(pair.right().memory.bytes(0, 1000)).isEqualTo(pair.left().memory.bytes(0, 1000));
        assertThat(pair.right().memory.bytes(1000, 24)).containsOnly(0);
    }
}
