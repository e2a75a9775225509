package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
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
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.tests.conformance.harness.VerbsQp;
import io.erdma.verbs.QpModifyAttributes;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Making, modifying, asking and destroying QPs: unit/qp_test.cc. */
class QpRowsTest {
    private static final int SEND_SGES = 6;
    private static final int INLINE_BYTES = 96;

    /** A device with a PD and a CQ. */
    private record Scene(Verbs verbs, VerbsPd pd, VerbsCq cq) {
        static Scene in(Lab lab) {
            Verbs verbs = lab.open();
            return new Scene(verbs, verbs.allocPd(), verbs.createCq(64));
        }

        VerbsQp qp() {
            return pd.createQp(QpSpec.of(cq));
        }

        VerbsQp qp(UnaryOperator<QpSpec> settings) {
            return pd.createQp(settings.apply(QpSpec.of(cq)));
        }

        void assertRefused(Errno errno, UnaryOperator<QpSpec> settings) {
            Refused.with(errno, () -> qp(settings));
        }

        /** Nothing is held by QPs that could not be made. */
        void assertFree() {
            cq.close();
            pd.close();
        }
    }

    @Row(value = "QpTest.Create", asserts = STATE)
    void aNewQp_isWhatWasAskedFor(Lab lab) {
        VerbsQp qp = Scene.in(lab).qp();
        assertThat(qp.qpn()).isPositive();
        assertThat(qp.state()).isEqualTo(QpState.INIT);
        QpCapabilities sizes = qp.query().capabilities();
        assertThat(sizes.maxSendWr()).isGreaterThanOrEqualTo(QpSpec.SIZES.maxSendWr());
        assertThat(sizes.maxRecvWr()).isGreaterThanOrEqualTo(QpSpec.SIZES.maxRecvWr());
        assertThat(sizes.maxSendSge()).isEqualTo(QpSpec.SIZES.maxSendSge());
        assertThat(sizes.maxRecvSge()).isEqualTo(QpSpec.SIZES.maxRecvSge());
    }

    @Row(value = "QpTest.CreateWithInlineMax", asserts = STATE)
    void aNewQp_hasAsManyInlineBytes_asWereAskedFor(Lab lab) {
        Scene scene = Scene.in(lab);
        for (int bytes : new int[]{ 1, INLINE_BYTES / 2, INLINE_BYTES }) {
            try (VerbsQp qp = scene.qp(spec -> spec.withSizes(new QpCapabilities(16, 16, 1, 1, bytes)))) {
                assertThat(qp.query().capabilities().maxInlineData()).isGreaterThanOrEqualTo(bytes);
            }
        }
    }

    @Row(value = "QpTest.CreateWithInvalidSendCq", asserts = ERRNO)
    void aQp_withABadSendCq_isRefused(Lab lab) {
        assertBadCqRefused(lab, (spec, cq) -> spec.withCqs(cq, spec.receiveCq()));
    }

    @Row(value = "QpTest.CreateWithInvalidRecvCq", asserts = ERRNO)
    void aQp_withABadReceiveCq_isRefused(Lab lab) {
        assertBadCqRefused(lab, (spec, cq) -> spec.withCqs(spec.sendCq(), cq));
    }

    private interface Replacement {
        QpSpec in(QpSpec spec, Optional<VerbsCq> cq);
    }

    private static void assertBadCqRefused(Lab lab, Replacement replacement) {
        Scene scene = Scene.in(lab);
        scene.assertRefused(lab.profile().errno(Decision.QP_WITHOUT_CQ),
                spec -> replacement.in(spec, Optional.empty()));
        VerbsCq gone = scene.verbs.createCq(64);
        gone.close();
        Refused.asGone(lab.api(), () -> scene.qp(spec -> replacement.in(spec, Optional.of(gone))));
        VerbsCq foreign = lab.open(lab.bob()).createCq(64);
        scene.assertRefused(Errno.EINVAL, spec -> replacement.in(spec, Optional.of(foreign)));
        foreign.close();
        scene.assertFree();
    }

    @Row(value = { "QpTest.UnknownType", "QpTest.CreateUd" }, asserts = ERRNO)
    void aQp_ofAnotherTypeThanRc_isRefused(Lab lab) {
        Scene scene = Scene.in(lab);
        for (QpType type : new QpType[]{ QpType.UC, QpType.UD, QpType.GSI }) {
            scene.assertRefused(Errno.EOPNOTSUPP, spec -> spec.withType(type));
        }
        scene.assertFree();
    }

    @Row(value = "QpTest.ZeroSendWr", asserts = ERRNO)
    void aQp_withoutRequests_isRefused(Lab lab) {
        Scene scene = Scene.in(lab);
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(0, 16, 1, 1, 0)));
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(16, 0, 1, 1, 0)));
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(-1, 16, 1, 1, 0)));
        scene.assertFree();
    }

    @Row(value = "QpTest.QueueRefs", asserts = ERRNO)
    void aCq_thatAQpUses_isBusy(Lab lab) {
        Scene scene = Scene.in(lab);
        VerbsQp qp = scene.qp();
        Refused.with(Errno.EBUSY, scene.cq::close);
        qp.close();
        scene.cq.close();
    }

    @Row(value = "QpTest.MaxQpWr", asserts = { STATE, ERRNO })
    void aQp_mayHaveAsManyRequests_asTheDeviceSays_andNoMore(Lab lab) {
        Scene scene = Scene.in(lab);
        int most = scene.verbs.attributes().maxQpWr();
        try (VerbsQp qp = scene.qp(spec -> spec.withSizes(new QpCapabilities(most, most, 1, 1, 0)))) {
            assertThat(qp.query().capabilities().maxSendWr()).isEqualTo(most);
            assertThat(qp.query().capabilities().maxRecvWr()).isEqualTo(most);
        }
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(most + 1, 16, 1, 1, 0)));
        scene.assertRefused(Errno.EINVAL,
                spec -> spec.withSizes(new QpCapabilities(16, Integer.MAX_VALUE, 1, 1, 0)));
        scene.assertFree();
    }

    @Row(value = "QpTest.MaxSge", asserts = { STATE, ERRNO })
    void aQp_mayHaveAsManyElements_asTheDeviceSays_andNoMore(Lab lab) {
        Scene scene = Scene.in(lab);
        int sends = scene.verbs.attributes().maxSendSge();
        int receives = scene.verbs.attributes().maxRecvSge();
        assertThat(sends).isEqualTo(SEND_SGES);
        assertThat(receives).isEqualTo(1);
        scene.qp(spec -> spec.withSizes(new QpCapabilities(16, 16, sends, receives, 0))).close();
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(16, 16, sends + 1, receives, 0)));
        scene.assertRefused(Errno.EINVAL, spec -> spec.withSizes(new QpCapabilities(16, 16, sends, receives + 1, 0)));
        scene.assertFree();
    }

    @Row(value = { "QpTest.Modify", "QpTest.ModifyInvalidInitToRtsTransition" }, asserts = { STATE, ERRNO })
    void rts_isForTheConnectionManagerToMake(Lab lab) {
        VerbsQp qp = Scene.in(lab).qp();
        Refused.with(lab.profile().errno(Decision.MODIFY_TO_RTS), () -> qp.modify(QpState.RTS));
        assertThat(qp.state()).isEqualTo(QpState.INIT);
    }

    @Row(value = "QpTest.ModifyInvalidResetToRtrTransition", asserts = STATE)
    void rtr_isNoStateThatIsAskedFor(Lab lab) {
        assertNoEffect(lab, Scene.in(lab).qp(), QpState.RTR, QpState.INIT);
    }

    @Row(value = "QpTest.ModifyInvalidRtsToRtrTransition", asserts = STATE)
    void fromRts_noWayLeadsBackToRtr(Lab lab) {
        Pair pair = lab.pair();
        assertNoEffect(lab, pair.left().qp, QpState.RTR, QpState.RTS);
        pair.assertWorks();
    }

    private static void assertNoEffect(Lab lab, VerbsQp qp, QpState asked, QpState stays) {
        assertThat(lab.profile().outcome(Decision.MODIFY_WITHOUT_TRANSITION)).isEqualTo(Outcome.NO_EFFECT);
        qp.modify(asked);
        assertThat(qp.state()).isEqualTo(stays);
    }

    @Row(value = { "QpTest.ModifyBadResetToInitStateTransition", "QpTest.ModifyBadInitToRtrStateTransition",
        "QpTest.ModifyBadRtrToRtsStateTransition" }, asserts = { STATE, ERRNO })
    void ofAModify_onlyStateAndPort_areLookedAt(Lab lab) {
        VerbsQp qp = Scene.in(lab).qp();
        assertThat(lab.profile().outcome(Decision.MODIFY_MASKS)).isEqualTo(Outcome.NO_EFFECT);
        for (int bit = 1; bit <= QpModifyAttributes.STANDARD_BITS; bit <<= 1) {
            qp.modify(new QpModifyAttributes(QpModifyAttributes.STATE | bit, QpState.INIT, 1));
            qp.modify(new QpModifyAttributes(QpModifyAttributes.STATE | bit, QpState.RTR, 1));
            qp.modify(new QpModifyAttributes(bit & ~QpModifyAttributes.STATE, QpState.ERR, 1));
        }
        assertThat(qp.state()).isEqualTo(QpState.INIT);
        Refused.with(Errno.EINVAL, () -> qp.modify(new QpModifyAttributes(
                QpModifyAttributes.STATE | QpModifyAttributes.PORT, QpState.ERR, 2)));
        Refused.with(Errno.EOPNOTSUPP, () -> qp.modify(new QpModifyAttributes(
                QpModifyAttributes.STATE | QpModifyAttributes.STANDARD_BITS + 1, QpState.ERR, 1)));
        assertThat(qp.state()).isEqualTo(QpState.INIT);
    }

    @Row(value = "QpTest.DeallocPdWithOutstandingQp", asserts = ERRNO)
    void aPd_withAQp_isBusy(Lab lab) {
        Scene scene = Scene.in(lab);
        VerbsQp qp = scene.qp();
        Refused.with(Errno.EBUSY, scene.pd::close);
        qp.close();
        scene.pd.close();
    }

    @Row(value = "QpTest.ModifyInvalidQp", asserts = ERRNO)
    void aQp_thatIsGone_isNotModified(Lab lab) {
        VerbsQp qp = Scene.in(lab).qp();
        qp.close();
        Refused.asGone(lab.api(), () -> qp.modify(QpState.ERR));
    }

    @Row(value = "QpTest.QueryInvalidQp", asserts = ERRNO)
    void aQp_thatIsGone_isNotAsked(Lab lab) {
        VerbsQp qp = Scene.in(lab).qp();
        qp.close();
        Refused.asGone(lab.api(), qp::query);
    }

    @Row(value = "QpTest.DestroyInvalidQp", asserts = STATE)
    void aQp_thatIsGone_isDestroyedOnceMore_andNothingHappens(Lab lab) {
        Scene scene = Scene.in(lab);
        VerbsQp gone = scene.qp();
        gone.close();
        VerbsQp next = scene.qp();
        gone.close();
        assertThat(next.state()).isEqualTo(QpState.INIT);
        next.close();
        scene.assertFree();
    }

    @Row(value = "QpStateTest.DestroyFromReset", asserts = STATE)
    void aQp_thatWasNeverUsed_isDestroyed(Lab lab) {
        Scene scene = Scene.in(lab);
        scene.qp().close();
        scene.assertFree();
    }

    @Row(value = "QpStateTest.DestroyFromInit", asserts = STATE)
    void aQp_withReceives_isDestroyed(Lab lab) {
        End end = lab.end();
        end.postReceive(1, 0, 64);
        end.qp.close();
        end.assertNothingCompleted();
    }

    @Row(value = "QpStateTest.QpIdRollover", asserts = STATE)
    void qpNumbers_areUsedAgain_andAnOldQpIsStillGood(Lab lab) {
        Pair old = lab.pair();
        Scene scene = Scene.in(lab);
        int numbers = scene.verbs.attributes().maxQp();
        QpCapabilities small = new QpCapabilities(1, 1, 1, 1, 0);
        boolean again = false;
        int first = 0;
        for (int i = 0; i <= numbers; i++) {
            try (VerbsQp qp = scene.qp(spec -> spec.withSizes(small))) {
                first = i == 0 ? qp.qpn() : first;
                again |= i > 0 && qp.qpn() == first;
                assertThat(qp.qpn()).isBetween(1, numbers).isNotEqualTo(old.left().qp.qpn());
            }
        }
        assertThat(again).isTrue();
        old.assertWorks();
    }

    @Row(value = "QpStateTest.ReuseQp", asserts = { STATE, ERRNO })
    void aQp_inErr_staysThere_andIsNotConnectedAgain(Lab lab) {
        End left = lab.end();
        left.qp.modify(QpState.ERR);
        for (QpState state : new QpState[]{ QpState.RESET, QpState.INIT, QpState.RTR, QpState.RTS }) {
            assertNoEffect(lab, left.qp, state, QpState.ERR);
        }
        End right = lab.end(lab.bob(), EndSpec.usual());
        Refused.with(Errno.EINVAL, () -> lab.connect(left, right));
        assertThat(left.qp.state()).isEqualTo(QpState.ERR);
    }
}
