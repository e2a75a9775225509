package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.GuestFunction;
import io.erdma.model.Moc;
import io.erdma.model.Trace;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a trace tells of a driver's doings, and that it tells it in order. */
class TraceTest {
    private final Moc card = Moc.of(CardSpec.twoTenants());
    private final List<String> lines = new ArrayList<>();
    private final Trace trace = new Trace(lines::add);
    private final TestHost alice = host("alice");
    private final TestHost bob = host("bob");

    private TestHost host(String vport) {
        GuestFunction guest = card.vport(vport).addGuestFunction(FunctionSpec.defaults(), vector -> {});
        DmaSpace memory = guest.memory();
        memory.setBusMaster(true);
        return new TestHost(guest.model(trace, vport), new HostMemoryArea(memory, 32 << 20), FunctionSpec.defaults(),
                vport.equals("alice") ? 0x0A000001 : 0x0A000002);
    }

    @AfterEach
    void close() {
        alice.close();
        bob.close();
        card.close();
    }

    private List<String> during(Runnable action) {
        lines.clear();
        action.run();
        return lines;
    }

    @Test
    void aRegister_isReadAndWritten() {
        assertThat(during(() -> alice.read32(Registers.DEV_ST))).containsExactly("alice read  DEV_ST = 0x2 INIT_DONE");
        assertThat(during(() -> alice.write32(Registers.CMDQ_DEPTH, 64)))
                .containsExactly("alice write CMDQ_DEPTH = 0x40");
    }

    @Test
    void aCommand_isToldBeforeItsCompletion() {
        int index = alice.commandIndex;
        assertThat(during(() -> alice.command(CommandOpcode.QUERY_FW_INFO, CommandBody.EMPTY))).containsExactly(
                "alice write CMDQ_SQDB = pi " + (index + 4),
                "alice   command[%d] QUERY_FW_INFO".formatted(index),
                "alice   cq 0 completion[%d] index %d ok response 0x10000 0x0".formatted(index / 4, index));
    }

    @Test
    void requests_areTold_andWhatComesOfThemOnBothSides() {
        TestQp out = alice.qp(alice.cq(4));
        TestQp in = bob.qp(bob.cq(4));
        TestHost.join(out, in);
        TestMr target = bob.mr(16);
        in.receiveCq.arm(false);
        String receive = "16 bytes to 0x%x:0x%x".formatted(target.stag(), target.va());
        assertThat(during(() -> in.receive(Piece.of(target, 0, 16)))).last()
                .isEqualTo("bob   qp 1 receive[0] " + receive);

        assertThat(during(() -> out.sendInline(TestQp.SIGNALED, (byte) 7).ring())).containsExactly(
                "alice write SQ_DB page 0x5f = qpn 1 pi 1",
                "alice   qp 1 request[0] SEND signaled 1 bytes inline",
                "alice   cq 1 completion[0] qpn 1 index 0 SEND ok, 1 bytes",
                "bob   cq 1 completion[0] qpn 1 index 0 RECV ok, 1 bytes",
                "bob   eq 1 event[0] cqn 1");
    }

    @Test
    void anError_isToldWithItsEvent() {
        TestQp out = alice.qp(alice.cq(4));
        TestQp in = bob.qp(bob.cq(4));
        TestHost.join(out, in);
        TestMr source = alice.mr(16);
        assertThat(during(() -> out.write(TestQp.SIGNALED, 0x77700, 0, Piece.of(source, 0, 16)).ring())).contains(
                "alice   cq 1 completion[0] qpn 1 index 0 WRITE syndrome 3 (REM_ACCESS_ERR), 16 bytes",
                "alice   aeq event[0] QP_FATAL qpn 1 subtype 3");
    }

    @Test
    void garbage_isToldToo_andChangesNothing() {
        assertThat(during(() -> {
            alice.write64(Registers.CMDQ_SQDB, 0xFFFF);
            alice.write64(0x1000, -1);
            alice.write64(0x61000, -1);
            alice.write64(0x79000, -1);
            alice.write32(0x1000, 1);
            alice.write64(0x2000, -1);
        })).hasSize(6);
        assertThat(alice.command(CommandOpcode.QUERY_FW_INFO, CommandBody.EMPTY)).isZero();
    }

    @Test
    void aReset_beginsANewCount() {
        alice.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        alice.boot(1);
        assertThat(lines).filteredOn(line -> line.startsWith("alice   command[0] CREATE_EQ eqn 1")).hasSize(2);
    }
}
