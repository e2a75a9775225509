package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmId;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.QpType;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsQp;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpModifyAttributes;

/** Queue pairs: test_qp.py of rdma-core. */
class PyverbsQpRowsTest {
    private static final int ACCESS_FLAGS = 1 << 3;
    private static final int PKEY_INDEX = 1 << 4;
    private static final int MAX_QP_RD_ATOMIC = 1 << 13;
    private static final int MAX_DEST_RD_ATOMIC = 1 << 17;
    private static final QpCapabilities ASKED = new QpCapabilities(10, 12, 2, 1, 64);

    @Row(value = "test_qp.QPTest.test_create_rc_qp_no_attr", suite = Row.PYVERBS, asserts = STATE)
    void anRcQp_isThere_inInit_andGoes(Lab lab) {
        VerbsQp qp = create(lab);

        assertThat(qp.qpn()).isPositive();
        assertThat(qp.state()).isEqualTo(QpState.INIT);
        assertThat(lab.device(lab.alice()).snapshot().queuePairs()).hasSize(1);
        qp.close();
        assertThat(lab.device(lab.alice()).snapshot().queuePairs()).isEmpty();
    }

    @Row(value = "test_qp.QPTest.test_create_rc_qp_with_attr", suite = Row.PYVERBS, asserts = STATE)
    void anRcQp_isMovedToInit_withAllAttributesOfThatMove(Lab lab) {
        assertMovedToInit(create(lab));
    }

    @Row(value = "test_qp.QPTest.test_create_rc_qp_ex_no_attr", suite = Row.PYVERBS, asserts = STATE)
    void anRcQp_ofNothingExtended_isAnRcQp(Lab lab) {
        assertThat(lab.profile().outcome(Decision.EXTENDED_QP)).isEqualTo(Outcome.SUCCESS);
        assertThat(create(lab).state()).isEqualTo(QpState.INIT);
    }

    @Row(value = "test_qp.QPTest.test_create_rc_qp_ex_with_attr", suite = Row.PYVERBS, asserts = STATE)
    void anRcQp_ofNothingExtended_isMovedToInit(Lab lab) {
        assertThat(lab.profile().outcome(Decision.EXTENDED_QP)).isEqualTo(Outcome.SUCCESS);
        assertMovedToInit(create(lab));
    }

    private static VerbsQp create(Lab lab) {
        Verbs verbs = lab.open();
        return verbs.allocPd().createQp(QpSpec.of(verbs.createCq(64)).withSizes(ASKED));
    }

    private static void assertMovedToInit(VerbsQp qp) {
        int mask = QpModifyAttributes.STATE | QpModifyAttributes.PORT | PKEY_INDEX | ACCESS_FLAGS;
        qp.modify(new QpModifyAttributes(mask, QpState.INIT, 1));

        assertThat(qp.state()).isEqualTo(QpState.INIT);
    }

    @Row(value = "test_qp.QPTest.test_query_rc_qp", suite = Row.PYVERBS, asserts = STATE)
    void aQuery_tellsWhatWasAskedFor_andWhatTheConnectionAgreedOn(Lab lab) {
        End client = lab.end(lab.alice(), EndSpec.usual().withSizes(ASKED));
        End server = lab.end(lab.bob(), EndSpec.usual());
        QpAttributes before = client.qp.query();
        assertThat(before.state()).isEqualTo(QpState.INIT);
        assertThat(before.capabilities().maxSendWr()).isGreaterThanOrEqualTo(ASKED.maxSendWr());
        assertThat(before.capabilities().maxRecvWr()).isGreaterThanOrEqualTo(ASKED.maxRecvWr());
        assertThat(before.capabilities().maxSendSge()).isGreaterThanOrEqualTo(ASKED.maxSendSge());
        assertThat(before.capabilities().maxRecvSge()).isEqualTo(1);
        assertThat(before.capabilities().maxInlineData()).isGreaterThanOrEqualTo(ASKED.maxInlineData());
        assertThat(before.pathMtu()).isEqualTo(client.verbs.portAttributes(1).activeMtu());
        assertThat(before.maxRdAtomic()).isZero();
        assertThat(before.maxDestRdAtomic()).isZero();

        CmDialog dialog = new CmDialog(lab).listen();
        RdmaCmId active = dialog.resolved();
        RdmaCmEvent request = dialog.request(active,
                CmDialog.param(client.qp).withInitiatorDepth(7).withResponderResources(9));
        dialog.accept(request, server.qp, active);

        QpAttributes connected = client.qp.query();
        assertThat(connected.state()).isEqualTo(QpState.RTS);
        assertThat(connected.maxRdAtomic()).isEqualTo(7);
        assertThat(connected.maxDestRdAtomic()).isEqualTo(9);
        assertThat(connected.capabilities()).isEqualTo(before.capabilities());
    }

    @Row(value = { "test_qp.QPTest.test_create_uc_qp_no_attr", "test_qp.QPTest.test_create_uc_qp_with_attr",
        "test_qp.QPTest.test_create_uc_qp_ex_no_attr", "test_qp.QPTest.test_create_uc_qp_ex_with_attr",
        "test_qp.QPTest.test_query_uc_qp" }, suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aUcQp_isEopnotsupp(Lab lab) {
        Unsupported.assertRefused(lab, QpType.UC);
    }

    @Row(value = { "test_qp.QPTest.test_create_ud_qp_no_attr", "test_qp.QPTest.test_create_ud_qp_with_attr",
        "test_qp.QPTest.test_create_ud_qp_ex_no_attr", "test_qp.QPTest.test_create_ud_qp_ex_with_attr",
        "test_qp.QPTest.test_query_ud_qp", "test_qp.QPTest.test_modify_ud_qp",
        "test_qp.QPTest.test_create_ud_qp_with_privileged_qkey" }, suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aUdQp_isEopnotsupp(Lab lab) {
        Unsupported.assertRefused(lab, QpType.UD);
    }

    @Row(value = "test_qp.RCQPTest.test_modify_rc_qp_rd_atomic", suite = Row.PYVERBS, asserts = { STATE, BYTES,
        STATUS })
    void depthsOfAConnection_areNotToBeModified(Lab lab) {
        assertThat(lab.profile().outcome(Decision.MODIFY_MASKS)).isEqualTo(Outcome.NO_EFFECT);
        Pair pair = lab.pair();
        QpAttributes before = pair.left().qp.query();

        pair.left().qp.modify(new QpModifyAttributes(MAX_QP_RD_ATOMIC | MAX_DEST_RD_ATOMIC, QpState.RTS, 1));

        assertThat(pair.left().qp.query()).isEqualTo(before);
        Traffic.pingPong(pair.left(), pair.right(), 1);
    }
}
