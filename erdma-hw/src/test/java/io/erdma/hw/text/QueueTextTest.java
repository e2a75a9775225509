package io.erdma.hw.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import io.erdma.hw.Cqe;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.Rqe;
import io.erdma.hw.Sge;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandCqe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, completions and events as text. */
class QueueTextTest {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment entry = arena.allocate(RequestText.sendBytes(), 8);

    @AfterEach
    void close() {
        arena.close();
    }

    private String send(int opcode, int flags, int sges) {
        SqeHeader.store(entry, 0, SqeHeader.compose(sges, 4, 3, opcode, flags, 4));
        return RequestText.send(entry, 0);
    }

    @Test
    void sends() {
        SqeSend.setLength(entry, 0, 96);
        SqeSend.setImmediate(entry, 0, 0x11);
        Sge.set(entry, SqeSend.SGL_OFFSET, 0x7000, 64, 0x15A);
        Sge.set(entry, SqeSend.SGL_OFFSET + Sge.BYTES, 0x8000, 32, 0x25A);
        assertThat(send(SqOpcode.SEND, SqeHeader.SIGNALED | SqeHeader.SOLICITED | SqeHeader.FENCE, 2))
                .isEqualTo("SEND signaled solicited fence 96 bytes from 0x15a:0x7000+64, 0x25a:0x8000+32");
        assertThat(send(SqOpcode.SEND_WITH_IMM, SqeHeader.INLINE, 96))
                .isEqualTo("SEND_WITH_IMM imm 0x11 96 bytes inline");
        assertThat(send(SqOpcode.SEND, 0, 0)).isEqualTo("SEND 96 bytes");
        SqeSend.setInvalidateStag(entry, 0, 0x35A);
        assertThat(send(SqOpcode.SEND_WITH_INV, 0, 1))
                .isEqualTo("SEND_WITH_INV stag 0x35a 96 bytes from 0x15a:0x7000+64");
    }

    @Test
    void writes() {
        SqeWrite.setLength(entry, 0, 64);
        SqeWrite.setSinkStag(entry, 0, 0x900);
        SqeWrite.setSinkOffset(entry, 0, 0x5000);
        SqeWrite.setImmediate(entry, 0, 0x11);
        Sge.set(entry, SqeWrite.SGL_OFFSET, 0x7000, 64, 0x15A);
        assertThat(send(SqOpcode.WRITE, 0, 1)).isEqualTo("WRITE to 0x900:0x5000 64 bytes from 0x15a:0x7000+64");
        assertThat(send(SqOpcode.WRITE_WITH_IMM, 0, 1))
                .isEqualTo("WRITE_WITH_IMM imm 0x11 to 0x900:0x5000 64 bytes from 0x15a:0x7000+64");
    }

    @Test
    void readsAndAtomics() {
        SqeRead.setLength(entry, 0, 64);
        SqeRead.setSinkStag(entry, 0, 0x900);
        SqeRead.setSinkOffset(entry, 0, 0x5000);
        Sge.set(entry, SqeRead.REMOTE_SGE_OFFSET, 0x7000, 64, 0x15A);
        assertThat(send(SqOpcode.READ, 0, 0)).isEqualTo("READ 64 bytes from 0x15a:0x7000 to 0x900:0x5000");
        entry.fill((byte) 0);
        SqeAtomic.setSwapOrAdd(entry, 0, 7);
        SqeAtomic.setCompare(entry, 0, 5);
        Sge.set(entry, SqeAtomic.REMOTE_SGE_OFFSET, 0x7000, 8, 0x15A);
        Sge.set(entry, SqeAtomic.LOCAL_SGE_OFFSET, 0x6000, 8, 0x25A);
        assertThat(send(SqOpcode.ATOMIC_CAS, 0, 0))
                .isEqualTo("ATOMIC_CAS 0x5 → 0x7 at 0x15a:0x7000, old to 0x25a:0x6000");
        assertThat(send(SqOpcode.ATOMIC_FAA, 0, 0)).isEqualTo("ATOMIC_FAA + 0x7 at 0x15a:0x7000, old to 0x25a:0x6000");
    }

    @Test
    void localOperations() {
        SqeRegMr.setStag(entry, 0, 0x95A);
        SqeRegMr.setLength(entry, 0, 8192);
        SqeRegMr.setAddress(entry, 0, 0x7000);
        SqeRegMr.setAttributes(entry, 0, 2, SqeRegMr.MTT_INLINE, AccessRights.REMOTE_READ);
        assertThat(send(SqOpcode.REG_MR, 0, 0)).isEqualTo("REG_MR stag 0x95a rights rr 8192 bytes at 0x7000, 2 pages");
        SqeLocalInv.setStag(entry, 0, 0x95A);
        assertThat(send(SqOpcode.LOCAL_INV, 0, 0)).isEqualTo("LOCAL_INV stag 0x95a");
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2, 3, 9, 13, 14, 15, 16, 17, 18, 19, 31 })
    void everyOpcodeHasAText_whateverItHolds(int opcode) {
        entry.fill((byte) -1);
        assertThat(send(opcode, 0, 255)).startsWith(RequestText.opcode(opcode));
    }

    @Test
    void receives() {
        Rqe.setSge(entry, 0, 0x7000, 64, 0x15A);
        assertThat(RequestText.receive(entry, 0)).isEqualTo("64 bytes to 0x15a:0x7000");
    }

    private String completion(int opcode, int syndrome) {
        Cqe.setQpn(entry, 0, 3);
        Cqe.setWqeIndex(entry, 0, 4);
        Cqe.setByteCount(entry, 0, 64);
        Cqe.store(entry, 0, Cqe.compose(1, opcode, Cqe.QUEUE_SQ, syndrome));
        return CompletionText.of(entry, 0);
    }

    @Test
    void completions() {
        assertThat(completion(SqOpcode.WRITE, Syndrome.SUCCESS)).isEqualTo("qpn 3 index 4 WRITE ok, 64 bytes");
        assertThat(completion(CqeOpcode.RECV, Syndrome.FLUSHED))
                .isEqualTo("qpn 3 index 4 RECV syndrome 15 (WR_FLUSH_ERR), 64 bytes");
        Cqe.setImmediate(entry, 0, 0x11);
        assertThat(completion(CqeOpcode.RECV_IMM, 0)).isEqualTo("qpn 3 index 4 RECV_IMM ok, 64 bytes imm 0x11");
        assertThat(completion(CqeOpcode.RECV_RDMA_WITH_IMM, 0))
                .isEqualTo("qpn 3 index 4 RECV_RDMA_WITH_IMM ok, 64 bytes imm 0x11");
        Cqe.setInvalidatedKey(entry, 0, 0x35A);
        assertThat(completion(CqeOpcode.RECV_INV, 0)).isEqualTo("qpn 3 index 4 RECV_INV ok, 64 bytes stag 0x35a");
    }

    @Test
    void completionsOfCommands() {
        CommandCqe.setWqebbIndex(entry, 0, 8);
        CommandCqe.store(entry, 0, CommandCqe.compose(1, 0, Cqe.QUEUE_COMMAND, CommandCqe.REFUSED));
        assertThat(CompletionText.ofCommand(entry, 0)).isEqualTo("index 8 syndrome 1");
        CommandCqe.setResponse0(entry, 0, 0x10);
        CommandCqe.store(entry, 0, CommandCqe.compose(1, 0, Cqe.QUEUE_COMMAND, CommandCqe.SUCCESS));
        assertThat(CompletionText.ofCommand(entry, 0)).isEqualTo("index 8 ok response 0x10 0x0");
    }

    @Test
    void events() {
        Ceqe.store(entry, 0, Ceqe.compose(true, 1, 0, 5));
        assertThat(EventText.completion(entry, 0)).isEqualTo("cqn 5");
        Aeqe.setData0(entry, 0, 9);
        String[] names = { "QP_FATAL qpn", "QP_RECV_QUEUE_ERROR qpn", "ACCESS_ERROR qpn", "CQ_ERROR cqn", "OTHER",
            "type 5" };
        for (int type = 0; type < names.length; type++) {
            Aeqe.store(entry, 0, Aeqe.compose(1, type, 2));
            assertThat(EventText.error(entry, 0)).isEqualTo(names[type] + " 9 subtype 2");
        }
    }
}
