package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Memory;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Protection domains: test_pd.py of rdma-core. */
class PyverbsPdRowsTest {
    private static final long SEED = 20_261_128;
    private static final int MANY = 200;

    @Row(value = "test_pd.PDTest.test_alloc_pd", suite = Row.PYVERBS, asserts = STATE)
    void aPd_isThere_andTakesMemory(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        VerbsMr mr = pd.regMr(lab.memory(4096).segment(), Access.LOCAL_WRITE);

        assertThat(pds(lab)).isEqualTo(1);
        assertThat(mr.lkey()).isNotZero();
        assertThat(lab.device(lab.alice()).snapshot().memoryRegions()).hasSize(1);
    }

    @Row(value = "test_pd.PDTest.test_dealloc_pd", suite = Row.PYVERBS, asserts = { STATE, ERRNO })
    void aClosedPd_isGone_andMakesNothing_butOneInUseStays(Lab lab) {
        Memory memory = lab.memory(4096);
        VerbsPd pd = lab.open().allocPd();
        VerbsMr mr = pd.regMr(memory.segment(), Access.LOCAL_WRITE);
        Refused.with(Errno.EBUSY, pd::close);
        assertThat(pds(lab)).isEqualTo(1);
        mr.close();
        pd.close();

        assertThat(pds(lab)).isZero();
        Refused.asGone(lab.api(), () -> pd.regMr(memory.segment(), Access.LOCAL_WRITE));
        assertThat(lab.device(lab.alice()).snapshot().memoryRegions()).isEmpty();
    }

    @Row(value = "test_pd.PDTest.test_multiple_pd_creation", suite = Row.PYVERBS, asserts = STATE)
    void manyPds_areThereAtOnce_andGoInAnyOrder(Lab lab) {
        Verbs verbs = lab.open();
        List<VerbsPd> all = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            all.add(verbs.allocPd());
        }
        assertThat(pds(lab)).isEqualTo(MANY);
        assertThat(lab.device(lab.alice()).snapshot().protectionDomains()).extracting(pd -> pd.pdn())
                .doesNotHaveDuplicates();

        Collections.shuffle(all, new Random(SEED));
        for (int i = 0; i < MANY; i++) {
            all.get(i).close();
            assertThat(pds(lab)).isEqualTo(MANY - 1 - i);
        }
    }

    @Row(value = "test_pd.PDTest.test_destroy_pd_twice", suite = Row.PYVERBS, asserts = STATE)
    void closedTwice_aPdTakesNoOtherAlong(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        pd.close();
        VerbsPd next = verbs.allocPd();
        pd.close();

        assertThat(pds(lab)).isEqualTo(1);
        next.regMr(lab.memory(64).segment()).close();
    }

    private static int pds(Lab lab) {
        return lab.device(lab.alice()).snapshot().protectionDomains().size();
    }
}
