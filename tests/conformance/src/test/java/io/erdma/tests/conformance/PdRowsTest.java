package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.tests.conformance.harness.VerbsQp;
import io.erdma.verbs.PdSnapshot;
import io.erdma.verbs.UserContext;

/** Protection domains: unit/pd_test.cc. */
class PdRowsTest {
    private static final int LENGTH = 8;

    @Row(value = "PdTest.AllocPd", asserts = STATE)
    void pds_areMade_eachWithANumberOfItsOwn_andGivenBack(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd first = verbs.allocPd();
        VerbsPd second = verbs.allocPd();
        assertThat(AliceDevice.objects(lab).protectionDomains()).extracting(PdSnapshot::pdn).hasSize(2)
                .doesNotHaveDuplicates();

        first.close();
        second.close();

        assertThat(AliceDevice.objects(lab).protectionDomains()).isEmpty();
    }

    @Row(value = "PdTest.DeleteInvalidPd", asserts = { ERRNO, STATE })
    void aPdThatIsGone_isNotGivenBackTwice(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd gone = verbs.allocPd();
        gone.close();
        VerbsPd other = verbs.allocPd();
        gone.close();
        assertThat(AliceDevice.objects(lab).protectionDomains()).hasSize(1);
        other.close();

        UserContext handles = AliceDevice.handles(lab);
        int pd = handles.allocPd();
        Refused.with(Errno.ENOENT, () -> handles.deallocPd(pd + 1));
        Refused.with(Errno.ENOENT, () -> handles.deallocPd(-1));
        handles.deallocPd(pd);
        Refused.with(Errno.ENOENT, () -> handles.deallocPd(pd));
    }

    @Row(value = "PdTest.AllocQpWithInvalidPd", asserts = { ERRNO, STATE })
    void aQp_inAPdThatIsGone_isRefused(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd gone = verbs.allocPd();
        VerbsCq cq = verbs.createCq(64);
        gone.close();

        Refused.asGone(lab.api(), () -> gone.createQp(QpSpec.of(cq)));

        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
        cq.close();
    }

    @Row(value = "PdTest.AllocMrWithInvalidPd", asserts = { ERRNO, STATE })
    void anMr_inAPdThatIsGone_isRefused(Lab lab) {
        VerbsPd gone = lab.open().allocPd();
        gone.close();

        Refused.asGone(lab.api(), () -> gone.regMr(lab.memory(64).segment(), Access.LOCAL_WRITE));

        assertThat(AliceDevice.objects(lab).memoryRegions()).isEmpty();
    }

    @Row(value = "PdTest.MrRefCount", asserts = { ERRNO, STATE })
    void aPd_withAnMr_isBusy_andWorksOn(Lab lab) {
        VerbsPd pd = lab.open().allocPd();
        VerbsMr mr = pd.regMr(lab.memory(64).segment(), Access.LOCAL_WRITE);

        Refused.with(Errno.EBUSY, pd::close);

        pd.regMr(lab.memory(64).segment(), Access.LOCAL_WRITE).close();
        mr.close();
        pd.close();
        assertThat(AliceDevice.objects(lab).protectionDomains()).isEmpty();
    }

    @Row(value = "PdTest.QpRefCount", asserts = { ERRNO, STATE })
    void aPd_withAQp_isBusy_andWorksOn(Lab lab) {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        VerbsCq cq = verbs.createCq(64);
        VerbsQp qp = pd.createQp(QpSpec.of(cq));

        Refused.with(Errno.EBUSY, pd::close);

        pd.createQp(QpSpec.of(cq)).close();
        qp.close();
        pd.close();
        assertThat(AliceDevice.objects(lab).protectionDomains()).isEmpty();
    }

    /** An end's memory, registered in another PD of its own. */
    private static VerbsMr inAnotherPd(End end) {
        return end.verbs.allocPd().regMr(end.memory.segment(), Access.values());
    }

    private static Pair pair(Lab lab) {
        Pair pair = lab.pair();
        pair.left().memory.fill(0, 4096, 1);
        pair.right().memory.fill(0, 4096, 2);
        return pair;
    }

    private static void assertRefusedByOwnSide(Lab lab, WrOpcode opcode) {
        Pair pair = pair(lab);
        End left = pair.left();
        if (opcode == WrOpcode.SEND) {
            pair.right().postReceive(1, 512, 64);
        }
        SendRequest request = new SendRequest().addSge(left.memory.address(0), LENGTH, inAnotherPd(left).lkey());
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        request.remoteAddress = pair.right().memory.address(0);
        request.remoteKey = pair.right().mr.rkey();

        pair.assertFailsLocally(request, WcStatus.LOC_ACCESS_ERR);
    }

    private static void assertRefusedByPeer(Lab lab, WrOpcode opcode) {
        Pair pair = pair(lab);
        SendRequest request = pair.left().request(opcode, 0, LENGTH, pair.right(), 0);
        request.remoteKey = inAnotherPd(pair.right()).rkey();

        pair.assertRefusedByPeer(request, lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "PdRcLoopbackMrTest.SendMrOtherPdLocal", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aSend_ofMemoryInAnotherPd_failsAtTheSender(Lab lab) {
        assertRefusedByOwnSide(lab, WrOpcode.SEND);
    }

    @Row(value = "PdRcLoopbackMrTest.SendMrOtherPdRemote", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aReceive_intoMemoryInAnotherPd_failsAtTheReceiver(Lab lab) {
        Pair pair = pair(lab);
        byte[] before = pair.right().memory.bytes();
        pair.right().post(pair.right().receive(1, 0, 64).set(1, pair.right().memory.address(0), 64,
                inAnotherPd(pair.right()).lkey()));
        pair.left().post(pair.left().send(0, 64));

        assertThat(pair.right().await(WcStatus.REM_ACCESS_ERR).wrId).isEqualTo(1);
        pair.left().await(lab.profile().status(Decision.BAD_RECEIVE_AT_SENDER));
        assertThat(pair.right().memory.bytes()).isEqualTo(before);
        pair.assertEnded();
    }

    @Row(value = "PdRcLoopbackMrTest.BasicReadMrOtherPdLocal", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_intoMemoryInAnotherPd_failsAtTheReader(Lab lab) {
        assertRefusedByOwnSide(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicReadMrOtherPdRemote", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aRead_fromMemoryInAnotherPd_isRefusedByThePeer(Lab lab) {
        assertRefusedByPeer(lab, WrOpcode.RDMA_READ);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicWriteMrOtherPdLocal", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_ofMemoryInAnotherPd_failsAtTheWriter(Lab lab) {
        assertRefusedByOwnSide(lab, WrOpcode.RDMA_WRITE);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicWriteMrOtherPdRemote", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aWrite_intoMemoryInAnotherPd_isRefusedByThePeer(Lab lab) {
        assertRefusedByPeer(lab, WrOpcode.RDMA_WRITE);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicFetchAddMrOtherPdLocal", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aFetchAdd_whoseResultGoesToAnotherPd_failsAtTheRequester(Lab lab) {
        assertRefusedByOwnSide(lab, WrOpcode.ATOMIC_FETCH_AND_ADD);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicFetchAddMrOtherPdRemote", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aFetchAdd_onMemoryInAnotherPd_isRefusedByThePeer(Lab lab) {
        assertRefusedByPeer(lab, WrOpcode.ATOMIC_FETCH_AND_ADD);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicCompSwapMrOtherPdLocal", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aCompareSwap_whoseResultGoesToAnotherPd_failsAtTheRequester(Lab lab) {
        assertRefusedByOwnSide(lab, WrOpcode.ATOMIC_CMP_AND_SWP);
    }

    @Row(value = "PdRcLoopbackMrTest.BasicCompSwapMrOtherPdRemote", asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void aCompareSwap_onMemoryInAnotherPd_isRefusedByThePeer(Lab lab) {
        assertRefusedByPeer(lab, WrOpcode.ATOMIC_CMP_AND_SWP);
    }
}
