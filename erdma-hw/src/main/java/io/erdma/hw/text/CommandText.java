package io.erdma.hw.text;

import io.erdma.hw.AccessRights;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyEq;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.FreeDb;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.hw.cmd.RegMr;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Commands of an iWARP function. Only the fields that a case defines are shown. Data sheet: §5. */
public final class CommandText {
    private CommandText() {}

    /** The command of 128 bytes at an offset. */
    public static String of(MemorySegment slot, long at) {
        long header = CommandHeader.load(slot, at);
        int subModule = CommandHeader.subModule(header);
        int number = CommandHeader.opcode(header);
        Optional<CommandOpcode> opcode = CommandOpcode.of(subModule, number);
        String name = opcode.map(CommandOpcode::name).orElse("command %d/%d".formatted(subModule, number));
        return name + opcode.map(known -> body(known, slot, at)).orElse("");
    }

    private static String body(CommandOpcode opcode, MemorySegment slot, long at) {
        return switch (opcode) {
            case CREATE_EQ -> " eqn %d vector %d depth %d ring %s".formatted(CreateEq.eqn(slot, at),
                    CreateEq.vector(slot, at), 1 << CreateEq.log2Depth(slot, at),
                    Numbers.hex(CreateEq.ringAddress(slot, at)));
            case DESTROY_EQ -> " eqn %d".formatted(DestroyEq.eqn(slot, at));
            case CREATE_CQ -> createCq(slot, at);
            case DESTROY_CQ -> " cqn %d".formatted(DestroyCq.cqn(slot, at));
            case CREATE_QP -> createQp(slot, at);
            case MODIFY_QP -> modifyQp(slot, at);
            case DESTROY_QP -> " qpn %d".formatted(DestroyQp.qpn(slot, at));
            case REFLUSH -> " qpn %d sq pi %d rq pi %d".formatted(Reflush.qpn(slot, at),
                    Reflush.sqProducerIndex(slot, at), Reflush.rqProducerIndex(slot, at));
            case REG_MR -> regMr(slot, at);
            case DEREG_MR -> " mpt %s".formatted(Numbers.hex(DeregMr.mptIndex(slot, at)));
            case CONF_MTU -> " mtu %d".formatted(ConfMtu.mtu(slot, at));
            case CONF_DEVICE -> ConfDevice.pageShiftEnable(slot, at)
                    ? " page shift %d".formatted(ConfDevice.pageShift(slot, at))
                    : "";
            case ALLOC_DB -> pages(AllocDb.sq(slot, at), AllocDb.rq(slot, at), AllocDb.cq(slot, at));
            case FREE_DB -> (FreeDb.sq(slot, at) ? " sq " + Numbers.hex(FreeDb.sqPage(slot, at)) : "")
                    + (FreeDb.rq(slot, at) ? " rq " + Numbers.hex(FreeDb.rqPage(slot, at)) : "")
                    + (FreeDb.cq(slot, at) ? " cq " + Numbers.hex(FreeDb.cqPage(slot, at)) : "");
            case GET_STATS -> " to %s".formatted(Numbers.hex(GetStats.targetAddress(slot, at)));
            case QUERY_DEVICE, QUERY_FW_INFO, SET_GID, CREATE_AH, DESTROY_AH, QUERY_QP -> "";
        };
    }

    private static String pages(boolean sq, boolean rq, boolean cq) {
        return (sq ? " sq" : "") + (rq ? " rq" : "") + (cq ? " cq" : "");
    }

    private static String createCq(MemorySegment slot, long at) {
        return " cqn %d depth %d eqn %d buffer %s, %d entries of level %d%s".formatted(CreateCq.cqn(slot, at),
                1 << CreateCq.log2Depth(slot, at), CreateCq.eqn(slot, at),
                Numbers.hex(CreateCq.bufferAddress(slot, at)),
                CreateCq.mttEntries(slot, at), CreateCq.mttLevel(slot, at),
                CreateCq.extendedDoorbell(slot, at) ? " page " + Numbers.hex(CreateCq.doorbellPage(slot, at)) : "");
    }

    private static String createQp(MemorySegment slot, long at) {
        return " qpn %d pd %d sq %d to cqn %d buffer %s, rq %d to cqn %d buffer %s%s".formatted(CreateQp.qpn(slot, at),
                CreateQp.pd(slot, at), 1 << CreateQp.log2SqDepth(slot, at), CreateQp.sqCqn(slot, at),
                Numbers.hex(CreateQp.sqBufferAddress(slot, at)), 1 << CreateQp.log2RqDepth(slot, at),
                CreateQp.rqCqn(slot, at), Numbers.hex(CreateQp.rqBufferAddress(slot, at)),
                CreateQp.extendedDoorbell(slot, at)
                        ? " pages %s %s".formatted(Numbers.hex(CreateQp.sqDoorbellPage(slot, at)),
                                Numbers.hex(CreateQp.rqDoorbellPage(slot, at)))
                        : "");
    }

    private static String modifyQp(MemorySegment slot, long at) {
        int number = ModifyQp.state(slot, at);
        Optional<IwarpQpState> state = IwarpQpState.of(number);
        String text = " qpn %d to %s".formatted(ModifyQp.qpn(slot, at),
                state.map(IwarpQpState::name).orElse("state " + number));
        return state.filter(IwarpQpState.RTS::equals).isEmpty()
                ? text
                : text + " %s:%d with %s:%d".formatted(Numbers.ipv4(ModifyQp.sourceIpv4(slot, at)),
                        ModifyQp.sourcePort(slot, at), Numbers.ipv4(ModifyQp.destinationIpv4(slot, at)),
                        ModifyQp.destinationPort(slot, at));
    }

    private static String regMr(MemorySegment slot, long at) {
        int stag = RegMr.mptIndex(slot, at) << Byte.SIZE | RegMr.key(slot, at);
        String who = " stag %s pd %d rights %s".formatted(Numbers.hex(stag), RegMr.pd(slot, at),
                rights(RegMr.rights(slot, at)));
        return switch (RegMr.type(slot, at)) {
            case RegMr.TYPE_NORMAL ->
                who + " %d bytes at %s, %d pages of 2^%d, level %d".formatted(RegMr.length(slot, at),
                        Numbers.hex(RegMr.startAddress(slot, at)), RegMr.mttEntries(slot, at),
                        RegMr.pageShift(slot, at),
                        RegMr.mttLevel(slot, at));
            case RegMr.TYPE_FAST_REGISTER -> who + " for fast registration";
            case RegMr.TYPE_DMA -> who + " for all memory";
            default -> who + " of type " + RegMr.type(slot, at);
        };
    }

    /** Access rights of the device, {@link AccessRights}, as letters: local read and write, remote read, write and atomic. */
    static String rights(int rights) {
        StringBuilder text = new StringBuilder();
        append(text, rights, AccessRights.LOCAL_READ, "lr");
        append(text, rights, AccessRights.LOCAL_WRITE, "lw");
        append(text, rights, AccessRights.REMOTE_READ, "rr");
        append(text, rights, AccessRights.REMOTE_WRITE, "rw");
        append(text, rights, AccessRights.REMOTE_ATOMIC, "ra");
        return text.isEmpty() ? "none" : text.toString();
    }

    private static void append(StringBuilder text, int rights, int right, String name) {
        if ((rights & right) != 0) {
            text.append(text.isEmpty() ? "" : "+").append(name);
        }
    }
}
