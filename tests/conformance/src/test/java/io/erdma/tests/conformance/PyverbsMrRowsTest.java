package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Memory;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Registrations: test_mr.py of rdma-core, and what test_relaxed_ordering.py and test_odp.py ask of them. */
class PyverbsMrRowsTest {
    private static final int ALL_RIGHTS = Access.bits(Access.values());
    private static final String NO_BITS = "kernel verbs name rights, and have no bits for others";

    private static final List<Access[]> BAD_RIGHTS = List.of(new Access[]{ Access.REMOTE_WRITE },
            new Access[]{ Access.REMOTE_ATOMIC }, new Access[]{ Access.REMOTE_WRITE, Access.REMOTE_ATOMIC },
            new Access[]{ Access.REMOTE_WRITE, Access.REMOTE_READ },
            new Access[]{ Access.REMOTE_ATOMIC, Access.REMOTE_READ });

    @Row(value = "test_mr.MRTest.test_reg_mr_bad_flags", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void remoteRightsToWrite_withoutTheLocalOne_areEinval_andNothingIsLeft(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        Memory memory = lab.memory(4096);
        for (Access[] rights : BAD_RIGHTS) {
            Refused.with(Errno.EINVAL, () -> pd.regMr(memory.segment(), rights));
        }
        assertThat(regions(lab)).isZero();
        pd.regMr(memory.segment(), Access.REMOTE_READ).close();
    }

    @Row(value = "test_mr.MRTest.test_reg_mrex_bad_flags", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void theSameRights_underAnotherAddress_areEinval(Lab lab) {
        assertThat(lab.profile().outcome(Decision.EXTENDED_REGISTRATION)).isEqualTo(Outcome.SUCCESS);
        VerbsPd pd = lab.open().allocPd();
        Memory memory = lab.memory(4096);
        for (Access[] rights : BAD_RIGHTS) {
            Refused.with(Errno.EINVAL, () -> pd.regMr(memory.segment(), 0x10_0000, rights));
        }
        assertThat(regions(lab)).isZero();
        assertThat(pd.regMr(memory.segment(), 0x10_0000, Access.LOCAL_WRITE).address()).isEqualTo(0x10_0000);
    }

    @Row(value = "test_mr.MRTest.test_reg_mrex_bad_flags", suite = Row.PYVERBS, asserts = { ERRNO,
        STATE }, apis = Api.USER, otherwise = NO_BITS)
    void unknownBits_areEinval(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        Memory memory = lab.memory(4096);
        for (int bit : new int[]{ 4, 5, 7, 8, 9, 19, 30, 31 }) {
            Refused.with(Errno.EINVAL, () -> pd.regMr(memory.segment(), memory.address(0), ALL_RIGHTS | 1 << bit));
        }
        assertThat(regions(lab)).isZero();
    }

    @Row(value = "test_mr.MRTest.test_reg_mrex_inval_params", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void memoryThatCannotBe_isEinval_andNothingIsLeft(Lab lab) {
        assertThat(lab.profile().outcome(Decision.EXTENDED_REGISTRATION)).isEqualTo(Outcome.SUCCESS);
        VerbsPd pd = lab.open().allocPd();
        MemorySegment memory = lab.memory(8192).segment();
        Access write = Access.LOCAL_WRITE;

        Refused.with(Errno.EINVAL, () -> pd.regMr(memory.asSlice(0, 0), write));
        Refused.with(Errno.EINVAL, () -> pd.regMr(memory, memory.address() + 1, write));
        Refused.with(Errno.EINVAL, () -> pd.regMr(memory, -4096, write));
        Refused.with(Errno.EINVAL, () -> pd.regMr(memory.asReadOnly(), write));
        Refused.with(Errno.EINVAL, () -> pd.regMr(MemorySegment.ofArray(new byte[4096]), 0, write));
        assertThat(regions(lab)).isZero();
    }

    private static int regions(Lab lab) {
        return lab.device(lab.alice()).snapshot().memoryRegions().size();
    }

    @Row(value = "test_relaxed_ordering.RoTestCase.test_ro_rc_traffic", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void regionsOfRelaxedOrdering_sendAndReceive_asOthersDo(Lab lab) {
        Pair pair = lab.pair();
        VerbsMr source = relaxed(pair.left(), pair.left().memory.address(0));
        VerbsMr target = relaxed(pair.right(), pair.right().memory.address(0));
        for (int round = 1; round <= 10; round++) {
            pair.left().memory.fill(0, 3000, round);
            pair.right().post(new ReceiveRequest().set(round, target.address() + 8192, 3000, target.lkey()));
            pair.left().post(pair.left().send(0, 0).clearSges().addSge(source.address(), 3000, source.lkey()));

            pair.left().awaitOk();
            assertThat(pair.right().awaitOk().wrId).isEqualTo(round);
            assertThat(pair.right().memory.bytes(8192, 3000)).isEqualTo(pair.left().memory.bytes(0, 3000));
        }
    }

    @Row(value = "test_relaxed_ordering.RoTestCase.test_ro_mr_ex_traffic", suite = Row.PYVERBS, asserts = { BYTES,
        STATUS })
    void aRegionOfRelaxedOrdering_underAnotherAddress_isWrittenAndRead(Lab lab) {
        assertThat(lab.profile().outcome(Decision.EXTENDED_REGISTRATION)).isEqualTo(Outcome.SUCCESS);
        Pair pair = lab.pair();
        End left = pair.left();
        long low = pair.right().memory.address(0) & 4095;
        VerbsMr target = relaxed(pair.right(), 0x7000_0000_0000L | low);
        left.memory.fill(0, 5000, 3);
        SendRequest write = left.write(0, 5000, pair.right(), 0);
        write.remoteAddress = target.address() + 100;
        write.remoteKey = target.rkey();
        SendRequest read = left.read(16_384, 5000, pair.right(), 0);
        read.remoteAddress = write.remoteAddress;
        read.remoteKey = write.remoteKey;
        write.next = read;
        left.post(write);

        left.awaitOk();
        left.awaitOk();
        assertThat(pair.right().memory.bytes(100, 5000)).isEqualTo(left.memory.bytes(0, 5000));
        assertThat(left.memory.bytes(16_384, 5000)).isEqualTo(left.memory.bytes(0, 5000));
    }

    private static VerbsMr relaxed(End end, long iova) {
        VerbsMr mr = end.pd.regMr(end.memory.segment(), iova, Access.LOCAL_WRITE, Access.REMOTE_WRITE,
                Access.REMOTE_READ, Access.RELAXED_ORDERING);
        assertThat(mr.access()).containsExactlyInAnyOrder(Access.LOCAL_WRITE, Access.REMOTE_WRITE, Access.REMOTE_READ);
        return mr;
    }

    @Row(value = "test_relaxed_ordering.RoTestCase.test_ro_ud_traffic", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aUdQp_whoseRegionsWouldBeRelaxed_isEopnotsupp(Lab lab) {
        Unsupported.assertRefused(lab, QpType.UD);
    }

    @Row(value = { "test_odp.OdpTestCase.test_odp_rc_traffic", "test_odp.OdpTestCase.test_odp_rc_mixed_mr",
        "test_odp.OdpTestCase.test_odp_qp_ex_rc_atomic_write", "test_odp.OdpTestCase.test_odp_qp_ex_rc_flush",
        "test_odp.OdpTestCase.test_odp_rc_atomic_cmp_and_swp", "test_odp.OdpTestCase.test_odp_rc_atomic_fetch_and_add",
        "test_odp.OdpTestCase.test_odp_rc_rdma_read", "test_odp.OdpTestCase.test_odp_rc_rdma_write",
        "test_odp.OdpTestCase.test_odp_implicit_rc_traffic", "test_odp.OdpTestCase.test_odp_ud_traffic",
        "test_odp.OdpTestCase.test_odp_xrc_traffic", "test_odp.OdpTestCase.test_odp_rc_huge_traffic",
        "test_odp.OdpTestCase.test_odp_rc_huge_user_addr_traffic",
        "test_odp.OdpTestCase.test_odp_sync_prefetch_rc_traffic",
        "test_odp.OdpTestCase.test_odp_async_prefetch_rc_traffic",
        "test_odp.OdpTestCase.test_odp_implicit_sync_prefetch_rc_traffic",
        "test_odp.OdpTestCase.test_odp_implicit_async_prefetch_rc_traffic",
        "test_odp.OdpTestCase.test_odp_prefetch_sync_no_page_fault_rc_traffic",
        "test_odp.OdpTestCase.test_odp_prefetch_async_no_page_fault_rc_traffic",
        "test_odp.OdpTestCase.test_mrex_odp_rc_traffic", "test_odp.OdpTestCase.test_mrex_odp_rc_huge_traffic",
        "test_odp.OdpTestCase.test_mrex_odp_implicit_rc_traffic", "test_odp.OdpTestCase.test_mrex_odp_qp_ex_rc_flush" },
            suite = Row.PYVERBS, asserts = { ERRNO, STATE }, apis = Api.USER, otherwise = NO_BITS)
    void onDemandPaging_isEopnotsupp_andNothingIsLeft(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        Memory memory = lab.memory(4096);
        for (int rights : new int[]{ 0, Access.LOCAL_WRITE.bit(), ALL_RIGHTS, ALL_RIGHTS | Access.OPTIONAL }) {
            Refused.with(Errno.EOPNOTSUPP,
                    () -> pd.regMr(memory.segment(), memory.address(0), rights | Access.ON_DEMAND));
        }
        assertThat(regions(lab)).isZero();
    }
}
