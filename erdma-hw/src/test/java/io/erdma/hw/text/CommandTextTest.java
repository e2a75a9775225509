package io.erdma.hw.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.CommandBody;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CommandTextTest {
    private static final int AT = 128;

    private static String text(CommandOpcode opcode, CommandBody body) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slot = arena.allocate(AT + CommandHeader.COMMAND_BYTES, 8);
            body.write(slot, AT);
            CommandHeader.store(slot, AT, CommandHeader.of(opcode, 0, 4));
            return CommandText.of(slot, AT);
        }
    }

    private static Arguments of(CommandOpcode opcode, String text, CommandBody body) {
        return Arguments.of(opcode, text, body);
    }

    private static CommandBody region(int type) {
        return (slot, at) -> {
            RegMr.setMptIndex(slot, at, 5);
            RegMr.setKey(slot, at, 0x5A);
            RegMr.setPd(slot, at, 3);
            RegMr.setType(slot, at, type);
            RegMr.setRights(slot, at, AccessRights.LOCAL_READ | AccessRights.REMOTE_ATOMIC);
            RegMr.setStartAddress(slot, at, 0x7000);
            RegMr.setLengthLow(slot, at, 8192);
            RegMr.setPageShift(slot, at, 12);
            RegMr.setMttEntriesLow(slot, at, 2);
        };
    }

    private static CommandBody move(int state) {
        return (slot, at) -> {
            ModifyQp.setQpn(slot, at, 9);
            ModifyQp.setState(slot, at, state);
            ModifyQp.setSourceIpv4(slot, at, 0x0A000001);
            ModifyQp.setSourcePort(slot, at, 5000);
            ModifyQp.setDestinationIpv4(slot, at, 0xC0A80002);
            ModifyQp.setDestinationPort(slot, at, 7174);
        };
    }

    static Stream<Arguments> commands() {
        return Stream.of(
                of(CommandOpcode.QUERY_DEVICE, "QUERY_DEVICE", CommandBody.EMPTY),
                of(CommandOpcode.CREATE_EQ, "CREATE_EQ eqn 1 vector 2 depth 16 ring 0x1000", (slot, at) -> {
                    CreateEq.setEqn(slot, at, 1);
                    CreateEq.setVector(slot, at, 2);
                    CreateEq.setLog2Depth(slot, at, 4);
                    CreateEq.setRingAddress(slot, at, 0x1000);
                }),
                of(CommandOpcode.DESTROY_EQ, "DESTROY_EQ eqn 1", (slot, at) -> DestroyEq.setEqn(slot, at, 1)),
                of(CommandOpcode.CREATE_CQ,
                        "CREATE_CQ cqn 3 depth 64 eqn 1 buffer 0x2000, 1 entries of level 0 page 0x7a",
                        (slot, at) -> {
                            CreateCq.setCqn(slot, at, 3);
                            CreateCq.setLog2Depth(slot, at, 6);
                            CreateCq.setEqn(slot, at, 1);
                            CreateCq.setBufferAddress(slot, at, 0x2000);
                            CreateCq.setMttEntries(slot, at, 1);
                            CreateCq.setExtendedDoorbell(slot, at, true);
                            CreateCq.setDoorbellPage(slot, at, 0x7A);
                        }),
                of(CommandOpcode.DESTROY_CQ, "DESTROY_CQ cqn 3", (slot, at) -> DestroyCq.setCqn(slot, at, 3)),
                of(CommandOpcode.CREATE_QP,
                        "CREATE_QP qpn 9 pd 2 sq 128 to cqn 3 buffer 0x3000, rq 32 to cqn 4 buffer 0x4000 pages 0x1 0x61",
                        (slot, at) -> {
                            CreateQp.setQpn(slot, at, 9);
                            CreateQp.setPd(slot, at, 2);
                            CreateQp.setLog2SqDepth(slot, at, 7);
                            CreateQp.setSqCqn(slot, at, 3);
                            CreateQp.setSqBufferAddress(slot, at, 0x3000);
                            CreateQp.setLog2RqDepth(slot, at, 5);
                            CreateQp.setRqCqn(slot, at, 4);
                            CreateQp.setRqBufferAddress(slot, at, 0x4000);
                            CreateQp.setExtendedDoorbell(slot, at, true);
                            CreateQp.setSqDoorbellPage(slot, at, 1);
                            CreateQp.setRqDoorbellPage(slot, at, 0x61);
                        }),
                of(CommandOpcode.MODIFY_QP, "MODIFY_QP qpn 9 to RTS 10.0.0.1:5000 with 192.168.0.2:7174",
                        move(IwarpQpState.RTS.number())),
                of(CommandOpcode.MODIFY_QP, "MODIFY_QP qpn 9 to ERROR", move(IwarpQpState.ERROR.number())),
                of(CommandOpcode.MODIFY_QP, "MODIFY_QP qpn 9 to state 14", move(14)),
                of(CommandOpcode.DESTROY_QP, "DESTROY_QP qpn 9", (slot, at) -> DestroyQp.setQpn(slot, at, 9)),
                of(CommandOpcode.REFLUSH, "REFLUSH qpn 9 sq pi 5 rq pi 6", (slot, at) -> {
                    Reflush.setQpn(slot, at, 9);
                    Reflush.setSqProducerIndex(slot, at, 5);
                    Reflush.setRqProducerIndex(slot, at, 6);
                }),
                of(CommandOpcode.REG_MR,
                        "REG_MR stag 0x55a pd 3 rights lr+ra 8192 bytes at 0x7000, 2 pages of 2^12, level 0",
                        region(RegMr.TYPE_NORMAL)),
                of(CommandOpcode.REG_MR, "REG_MR stag 0x55a pd 3 rights lr+ra for fast registration",
                        region(RegMr.TYPE_FAST_REGISTER)),
                of(CommandOpcode.REG_MR, "REG_MR stag 0x55a pd 3 rights lr+ra for all memory", region(RegMr.TYPE_DMA)),
                of(CommandOpcode.REG_MR, "REG_MR stag 0x55a pd 3 rights lr+ra of type 3", region(3)),
                of(CommandOpcode.DEREG_MR, "DEREG_MR mpt 0x5", (slot, at) -> DeregMr.setMptIndex(slot, at, 5)),
                of(CommandOpcode.CONF_MTU, "CONF_MTU mtu 1500", (slot, at) -> ConfMtu.setMtu(slot, at, 1500)),
                of(CommandOpcode.CONF_DEVICE, "CONF_DEVICE page shift 12", (slot, at) -> {
                    ConfDevice.setPageShiftEnable(slot, at, true);
                    ConfDevice.setPageShift(slot, at, 12);
                }),
                of(CommandOpcode.CONF_DEVICE, "CONF_DEVICE", CommandBody.EMPTY),
                of(CommandOpcode.ALLOC_DB, "ALLOC_DB sq rq cq", (slot, at) -> {
                    AllocDb.setSq(slot, at, true);
                    AllocDb.setRq(slot, at, true);
                    AllocDb.setCq(slot, at, true);
                }),
                of(CommandOpcode.FREE_DB, "FREE_DB sq 0x1 rq 0x62 cq 0x7a", (slot, at) -> {
                    FreeDb.setSq(slot, at, true);
                    FreeDb.setRq(slot, at, true);
                    FreeDb.setCq(slot, at, true);
                    FreeDb.setSqPage(slot, at, 1);
                    FreeDb.setRqPage(slot, at, 0x62);
                    FreeDb.setCqPage(slot, at, 0x7A);
                }),
                of(CommandOpcode.GET_STATS, "GET_STATS to 0x5000",
                        (slot, at) -> GetStats.setTargetAddress(slot, at, 0x5000)));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandsAreNamed_withTheFieldsThatCount(CommandOpcode opcode, String text, CommandBody body) {
        assertThat(text(opcode, body)).isEqualTo(text);
    }

    @ParameterizedTest
    @EnumSource
    void everyCommandHasAText_whateverItHolds(CommandOpcode opcode) {
        assertThat(text(opcode, (slot, at) -> slot.asSlice(at, 128).fill((byte) -1))).startsWith(opcode.name());
    }

    @Test
    void anUnknownCommand_isANumber() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slot = arena.allocate(CommandHeader.COMMAND_BYTES, 8);
            CommandHeader.store(slot, 0, CommandHeader.compose(4, 0, 3, 200, 4));
            assertThat(CommandText.of(slot, 0)).isEqualTo("command 3/200");
        }
    }

    @Test
    void rights_areLetters() {
        assertThat(CommandText.rights(0)).isEqualTo("none");
        assertThat(CommandText.rights(31)).isEqualTo("lr+lw+rr+rw+ra");
    }
}
