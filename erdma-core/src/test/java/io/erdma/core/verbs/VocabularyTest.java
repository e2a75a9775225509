package io.erdma.core.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocabularyTest {
    @ParameterizedTest
    @CsvSource({ "68,MTU_256", "256,MTU_256", "511,MTU_256", "512,MTU_512", "1500,MTU_1024", "4095,MTU_2048",
        "4096,MTU_4096", "9000,MTU_4096" })
    void pathMtu_isTheLargestThatFits(int networkMtu, Mtu expected) {
        assertThat(Mtu.fitting(networkMtu)).isEqualTo(expected);
    }

    /** infiniband/verbs.h: enum ibv_wc_status. */
    @ParameterizedTest
    @CsvSource({ "SUCCESS,0", "LOC_LEN_ERR,1", "LOC_QP_OP_ERR,2", "LOC_EEC_OP_ERR,3", "LOC_PROT_ERR,4",
        "WR_FLUSH_ERR,5", "MW_BIND_ERR,6", "BAD_RESP_ERR,7", "LOC_ACCESS_ERR,8", "REM_INV_REQ_ERR,9",
        "REM_ACCESS_ERR,10", "REM_OP_ERR,11", "RETRY_EXC_ERR,12", "RNR_RETRY_EXC_ERR,13", "LOC_RDD_VIOL_ERR,14",
        "REM_INV_RD_REQ_ERR,15", "REM_ABORT_ERR,16", "INV_EECN_ERR,17", "INV_EEC_STATE_ERR,18", "FATAL_ERR,19",
        "RESP_TIMEOUT_ERR,20", "GENERAL_ERR,21" })
    void completionStatus_hasLibibverbsNumber(WcStatus status, int number) {
        assertThat(status.ordinal()).isEqualTo(number);
    }

    /** infiniband/verbs.h: enum ibv_qp_state, ibv_port_state, ibv_mtu. */
    @Test
    void states_haveLibibverbsNumbers() {
        assertThat(QpState.values()).containsExactly(QpState.RESET, QpState.INIT, QpState.RTR, QpState.RTS, QpState.SQD,
                QpState.SQE, QpState.ERR);
        assertThat(PortState.ACTIVE.ordinal()).isEqualTo(4);
        assertThat(PortState.DOWN.ordinal()).isEqualTo(1);
        assertThat(Mtu.MTU_4096.ordinal() + 1).isEqualTo(5);
        assertThat(PhysicalState.LINK_UP.number()).isEqualTo(5);
        assertThat(PhysicalState.DISABLED.number()).isEqualTo(3);
    }

    @Test
    void accessRights_haveLibibverbsBits() {
        assertThat(Access.bits(Access.LOCAL_WRITE, Access.REMOTE_ATOMIC)).isEqualTo(0b1001);
        assertThat(Access.bits(Access.REMOTE_WRITE)).isEqualTo(0b10);
        assertThat(Access.REMOTE_READ.bit()).isEqualTo(0b100);
        assertThat(Access.of(0b110)).isEqualTo(Set.of(Access.REMOTE_WRITE, Access.REMOTE_READ));
        assertThat(Access.of(-16 & ~Access.OPTIONAL)).isEmpty();
    }

    @Test
    void optionalRights_haveLibibverbsRange() {
        assertThat(Access.OPTIONAL).isEqualTo(0x3FF0_0000);
        assertThat(Access.RELAXED_ORDERING.bit()).isEqualTo(0x10_0000);
        assertThat(Access.of(Access.OPTIONAL)).containsExactly(Access.RELAXED_ORDERING);
    }

    @Property
    void accessRights_goToBitsAndBack(@ForAll @IntRange(max = 15) int bits) {
        assertThat(Access.bits(Access.of(bits))).isEqualTo(bits);
    }

    @Test
    void sendFlags_haveLibibverbsBits() {
        assertThat(SendFlag.FENCE).isEqualTo(1);
        assertThat(SendFlag.SIGNALED).isEqualTo(2);
        assertThat(SendFlag.SOLICITED).isEqualTo(4);
        assertThat(SendFlag.INLINE).isEqualTo(8);
    }

    @Test
    void postResult_saysHowManyWereTaken_andWhyNotMore() {
        long ok = PostResult.ok(7);
        assertThat(PostResult.isOk(ok)).isTrue();
        assertThat(PostResult.taken(ok)).isEqualTo(7);
        assertThat(PostResult.errno(ok)).isZero();
        long refused = PostResult.refused(Errno.ENOMEM, 3);
        assertThat(PostResult.isOk(refused)).isFalse();
        assertThat(PostResult.taken(refused)).isEqualTo(3);
        assertThat(PostResult.errno(refused)).isEqualTo(Errno.ENOMEM.number());
        assertThat(PostResult.isOk(PostResult.refused(Errno.EINVAL, 0))).isFalse();
    }

    @Test
    void sendRequest_takesAnyNumberOfElements_andForgetsThemAll() {
        SendRequest request = new SendRequest();
        MemorySegment data = Arena.ofAuto().allocate(8);
        for (int i = 0; i < 20; i++) {
            request.addSge(100 + i, i, 200 + i);
        }
        request.addInline(data, 3, 5);
        assertThat(request.sgeCount()).isEqualTo(21);
        assertThat(request.sgeAddress(19)).isEqualTo(119);
        assertThat(request.sgeLength(19)).isEqualTo(19);
        assertThat(request.sgeKey(19)).isEqualTo(219);
        assertThat(request.sgeInline(19)).isNull();
        assertThat(request.sgeInline(20)).isSameAs(data);
        assertThat(request.sgeAddress(20)).isEqualTo(3);
        assertThat(request.has(SendFlag.INLINE)).isTrue();
        assertThat(request.has(SendFlag.INLINE | SendFlag.SIGNALED)).isFalse();

        request.wrId = 9;
        request.opcode = WrOpcode.RDMA_READ;
        request.next = new SendRequest();
        request.clear();
        assertThat(request.sgeCount()).isZero();
        assertThat(request.flags).isZero();
        assertThat(request.wrId).isZero();
        assertThat(request.opcode).isEqualTo(WrOpcode.SEND);
        assertThat(request.next).isNull();
        request.addSge(1, 1, 1);
        assertThat(request.sgeInline(0)).as("no memory of an earlier request").isNull();
    }

    @Test
    void receiveRequest_isSetWhole() {
        ReceiveRequest request = new ReceiveRequest().set(1, 2, 3, 4);
        assertThat(request.wrId).isEqualTo(1);
        assertThat(request.sgeCount).isEqualTo(1);
        assertThat(request.address).isEqualTo(2);
        assertThat(request.length).isEqualTo(3);
        assertThat(request.lkey).isEqualTo(4);
        request.setEmpty(5);
        assertThat(request.wrId).isEqualTo(5);
        assertThat(request.sgeCount + request.length + request.lkey).isZero();
    }

    @Test
    void workCompletion_showsItself() {
        WorkCompletion[] all = WorkCompletion.array(2);
        assertThat(all).doesNotContainNull();
        all[1].wrId = 12;
        all[1].byteLength = -1;
        all[1].qpNumber = 34;
        all[1].status = WcStatus.REM_ACCESS_ERR;
        all[1].vendorError = 0x5;
        assertThat(all[1].ok()).isFalse();
        assertThat(all[0].ok()).isTrue();
        assertThat(all[1]).hasToString("wr 12 SEND REM_ACCESS_ERR, 4294967295 bytes, QP 34, vendor error 0x5");
    }
}
