package io.erdma.hw.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import org.junit.jupiter.api.Test;

class RegisterTextTest {
    @Test
    void registersHaveTheDataSheetsNames() {
        assertThat(RegisterText.name(Registers.DEV_CTRL)).isEqualTo("DEV_CTRL");
        assertThat(RegisterText.name(Registers.STATS_RX_PPS_METER_DROP)).isEqualTo("STATS_RX_PPS_METER_DROP");
        assertThat(RegisterText.name(Registers.ceqDoorbell(3))).isEqualTo("CEQ_DB[3]");
        assertThat(RegisterText.name(Registers.ceqDoorbell(3) + 4)).isEqualTo("offset 0x11c");
        assertThat(RegisterText.name(4)).isEqualTo("offset 0x4");
        assertThat(RegisterText.name(DoorbellSpace.KERNEL_SQ_OFFSET + 8)).isEqualTo("SQ_DB page 0x5f");
        assertThat(RegisterText.name(DoorbellSpace.RQ_OFFSET)).isEqualTo("RQ_DB page 0x61");
        assertThat(RegisterText.name(DoorbellSpace.CQ_OFFSET + 4096)).isEqualTo("CQ_DB page 0x7a");
    }

    @Test
    void theirValuesAreTakenApart() {
        assertThat(RegisterText.value(Registers.CMDQ_DEPTH, 4, 0x200)).isEqualTo("0x200");
        assertThat(RegisterText.value(Registers.DEV_CTRL, 4, Registers.DEV_CTRL_RESET)).isEqualTo("0x1 RESET");
        assertThat(RegisterText.value(Registers.DEV_CTRL, 4, Registers.DEV_CTRL_INIT)).isEqualTo("0x2 INIT");
        assertThat(RegisterText.value(Registers.DEV_ST, 4, 3)).isEqualTo("0x3 RESET_DONE INIT_DONE");
        assertThat(RegisterText.value(Registers.CMDQ_SQ_DB_HOST_ADDR, 8, 0x1234_5678_9AL)).isEqualTo("0x123456789a");
    }

    @Test
    void soAreDoorbells() {
        assertThat(RegisterText.value(Registers.CMDQ_SQDB, 8, CmdSqDoorbell.compose(12))).isEqualTo("pi 12");
        assertThat(RegisterText.value(Registers.AEQ_DB, 8, EqDoorbell.compose(true, 7))).isEqualTo("arm ci 7");
        assertThat(RegisterText.value(Registers.ceqDoorbell(1), 8, EqDoorbell.compose(false, 7))).isEqualTo("ci 7");
        assertThat(RegisterText.value(Registers.CMDQ_CQDB, 8, CqDoorbell.compose(2, 0, true, false, 1, 9)))
                .isEqualTo("cqn 0 ci 9 idx 2 cmdsn 1 arm any");
        assertThat(RegisterText.value(DoorbellSpace.CQ_OFFSET, 8, CqDoorbell.compose(2, 5, true, true, 1, 9)))
                .isEqualTo("cqn 5 ci 9 idx 2 cmdsn 1 arm solicited");
        assertThat(RegisterText.value(DoorbellSpace.CQ_OFFSET, 8, CqDoorbell.compose(255, 5, false, false, 3, 0)))
                .isEqualTo("cqn 5 ci 0 idx 255 cmdsn 3");
        assertThat(RegisterText.value(DoorbellSpace.SQ_OFFSET, 8, SqDoorbell.compose(3, 4))).isEqualTo("qpn 3 pi 4");
        assertThat(RegisterText.value(DoorbellSpace.RQ_OFFSET, 8, RqDoorbell.compose(3, 4))).isEqualTo("qpn 3 pi 4");
        assertThat(RegisterText.value(DoorbellSpace.SQ_OFFSET, 4, 5)).as("no doorbell").isEqualTo("0x5");
    }
}
