package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpType;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsPd;

/** QPs of transport services that an iWARP function does not have. */
final class Unsupported {
    private Unsupported() {}

    /** On a CQ of alice's. */
    static void assertRefused(Lab lab, VerbsCq cq, Verbs verbs, QpType type) {
        VerbsPd pd = verbs.allocPd();
        Refused.with(Errno.EOPNOTSUPP, () -> pd.createQp(QpSpec.of(cq).withType(type)));

        assertThat(lab.device(lab.alice()).snapshot().queuePairs()).isEmpty();
        pd.close(); // EBUSY, if something were left in it
        cq.close();
    }

    static void assertRefused(Lab lab, QpType type) {
        Verbs verbs = lab.open();
        assertRefused(lab, verbs.createCq(16), verbs, type);
    }
}
