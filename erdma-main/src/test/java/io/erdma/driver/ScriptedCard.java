package io.erdma.driver;

import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.testing.FakeFunction;
import io.erdma.hw.Aeqe;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.QueryDeviceResponse;
import io.erdma.hw.cmd.QueryFwInfoResponse;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A function over plain registers that comes up and answers commands at once, as a test tells it. */
final class ScriptedCard {
    private static final int DEPTH = 512;

    final FakeFunction function;
    final List<CommandOpcode> commands = new ArrayList<>();
    final Map<CommandOpcode, CommandResponse> responses = new EnumMap<>(CommandOpcode.class);
    final Set<CommandOpcode> refuses = EnumSet.noneOf(CommandOpcode.class);
    final Set<CommandOpcode> ignores = EnumSet.noneOf(CommandOpcode.class);
    boolean comesUp = true;
    private int consumed;
    private int completions;
    private int asyncEvents;

    ScriptedCard(LeakLedger ledger, long mac) {
        function = FakeFunction.builder().vectors(4).options(InProcessOptions.STRICT).ledger(ledger).build();
        function.set32(Registers.VERSION, 3);
        function.set32(Registers.NETDEV_MAC_L, (int) mac);
        function.set32(Registers.NETDEV_MAC_H, (int) (mac >>> 32));
        function.onWrite(Registers.DEV_CTRL, value -> control((int) value));
        function.onWrite(Registers.CMDQ_SQDB, this::doorbell);
        capabilities(0);
        responses.put(CommandOpcode.QUERY_FW_INFO, QueryFwInfoResponse.compose(0x10203));
    }

    void capabilities(int flags) {
        responses.put(CommandOpcode.QUERY_DEVICE,
                QueryDeviceResponse.compose(0, 20, flags, 15, 0, 40, 0xFFFFFF00, 1, 1, 0));
    }

    private void control(int value) {
        boolean init = value == Registers.DEV_CTRL_INIT;
        consumed = 0;
        completions = 0;
        function.set32(Registers.DEV_ST, init && comesUp ? Registers.DEV_ST_INIT_DONE : 0);
    }

    private MemorySegment ring(int low, int high) {
        return ring(low, high, DEPTH * 32);
    }

    private MemorySegment ring(int low, int high, int bytes) {
        return function.at(function.get32(low) & 0xFFFF_FFFFL | (long) function.get32(high) << 32, bytes);
    }

    /** Reports what happened to a QP or CQ, and raises vector 0. */
    void asyncEvent(int type, int number) {
        int depth = function.get32(Registers.AEQ_DEPTH);
        MemorySegment entries = ring(Registers.AEQ_ADDR_L, Registers.AEQ_ADDR_H, depth * Aeqe.BYTES);
        long at = RingIndex.offset(asyncEvents, depth, Aeqe.SHIFT);
        Aeqe.setData0(entries, at, number);
        Aeqe.store(entries, at, Aeqe.compose(RingIndex.ownerBit(asyncEvents, depth), type, 0));
        asyncEvents++;
        function.raise(0);
    }

    private void doorbell(long value) {
        while (RingIndex.distance16(consumed, CmdSqDoorbell.producerIndex(value)) != 0) {
            long header = CommandHeader.load(ring(Registers.CMDQ_SQ_ADDR_L, Registers.CMDQ_SQ_ADDR_H),
                    RingIndex.offset(consumed, DEPTH, 5));
            CommandOpcode opcode = CommandOpcode.of(CommandHeader.subModule(header), CommandHeader.opcode(header))
                    .orElseThrow();
            commands.add(opcode);
            if (!ignores.contains(opcode)) {
                complete(opcode);
            }
            consumed = RingIndex.advance16(consumed, 4);
        }
    }

    private void complete(CommandOpcode opcode) {
        MemorySegment cqes = ring(Registers.CMDQ_CQ_ADDR_L, Registers.CMDQ_CQ_ADDR_H);
        long at = RingIndex.offset(completions, DEPTH, 5);
        CommandResponse response = responses.getOrDefault(opcode, CommandResponse.NONE);
        CommandCqe.setWqebbIndex(cqes, at, consumed);
        CommandCqe.setResponse0(cqes, at, response.qword0());
        CommandCqe.setResponse1(cqes, at, response.qword1());
        int syndrome = refuses.contains(opcode) ? 1 : 0;
        CommandCqe.store(cqes, at,
                CommandCqe.compose(RingIndex.ownerBit(completions, DEPTH), opcode.opcode(), 2, syndrome));
        completions++;
    }
}
