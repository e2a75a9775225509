package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.QueryDeviceResponse;
import io.erdma.hw.cmd.QueryFwInfoResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceCapabilitiesTest {
    private static final int FLAGS = QueryDeviceResponse.CAP_ATOMIC | QueryDeviceResponse.CAP_SCATTERED_MTT;

    private static CommandResponse response(
            int log2Cqe, int log2Recv, int log2MrSize, int key, int congestionControl, int qpBlocks, int log2Mws) {
        return QueryDeviceResponse.compose(0, log2Cqe, FLAGS, log2Recv, 0, log2MrSize, key, congestionControl, qpBlocks,
                log2Mws);
    }

    @Test
    void query_ofTheValuesThatLinuxRanOn_isDecoded() {
        FakeCommands commands = new FakeCommands()
                .answer(CommandOpcode.QUERY_DEVICE, response(20, 15, 40, 0x8000_0000, 1, 1, 10))
                .answer(CommandOpcode.QUERY_FW_INFO, QueryFwInfoResponse.compose(0x0001_0002));

        DeviceCapabilities can = DeviceCapabilities.query(commands);

        assertThat(can).isEqualTo(new DeviceCapabilities(
                1024, 1 << 20, 1 << 15, 1L << 40, 1 << 10, true, true, false, 0x8000_0000, CongestionControl.CUBIC,
                0x0001_0002));
        assertThat(can.maxMr()).isEqualTo(2048);
        assertThat(can.maxCq()).isEqualTo(2048);
        assertThat(commands.opcodes()).containsExactly(CommandOpcode.QUERY_DEVICE, CommandOpcode.QUERY_FW_INFO);
    }

    @Test
    void query_ofTheLargestDevice_isDecoded() {
        DeviceCapabilities can = DeviceCapabilities.decode(response(20, 15, 62, 0xF000_0000, 4, 512, 30),
                CommandResponse.NONE);

        assertThat(can.maxQp()).isEqualTo(1 << 19);
        assertThat(can.maxMr()).isEqualTo(1 << 20);
        assertThat(can.maxMrBytes()).isEqualTo(1L << 62);
        assertThat(can.congestionControl()).isEqualTo(CongestionControl.HPCC_INT);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({ "congestion control,20,15,40,0x70000000,5,1,10", "QP blocks none,20,15,40,0x70000000,1,0,10",
        "QP blocks,20,15,40,0x70000000,1,513,10", "CQE,21,15,40,0x70000000,1,1,10",
        "recv WR,20,16,40,0x70000000,1,1,10",
        "MR size,20,15,63,0x70000000,1,1,10", "MR size below a page,20,15,11,0x70000000,1,1,10",
        "MWs,20,15,40,0x70000000,1,1,31",
        "a local key that an MR could have,20,15,40,0x0007FF00,1,1,10" })
    void defect6_valueOutOfRange_isRefusedWithEinval(
            String what, int log2Cqe, int log2Recv, int log2MrSize, String key, int congestionControl, int qpBlocks,
            int log2Mws) {
        CommandResponse device = response(
                log2Cqe, log2Recv, log2MrSize, Integer.decode(key), congestionControl, qpBlocks, log2Mws);

        assertRefused(Errno.EINVAL, () -> DeviceCapabilities.decode(device, CommandResponse.NONE));
    }

    @Test
    void defect6_localKeyJustBehindTheLastMr_isTaken() {
        assertThat(DeviceCapabilities.decode(response(20, 15, 40, 0x0008_0000, 1, 1, 10), CommandResponse.NONE)
                .localDmaKey())
                .isEqualTo(0x0008_0000);
    }

    @Test
    void query_whenTheCommandFails_passesItsError() {
        FakeCommands commands = new FakeCommands().fail(CommandOpcode.QUERY_DEVICE, Errno.ETIME);

        assertRefused(Errno.ETIME, () -> DeviceCapabilities.query(commands));
    }
}
