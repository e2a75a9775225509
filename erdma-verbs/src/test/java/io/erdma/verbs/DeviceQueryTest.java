package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.PhysicalState;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.PortState;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.hw.cmd.StatsBlock;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceQueryTest {
    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    @Test
    void attributes_areDerivedFromWhatTheDeviceSaid() {
        DeviceAttributes attributes = device.attributes();

        assertThat(attributes).isEqualTo(new DeviceAttributes(
                0x0102_0304, 0x0216_3EFF_FE01_0203L, 0x0216_3EFF_FE01_0203L, 1L << 40, 0x7FFF_F000L, 0x1DED, 0x107F, 3,
                1023, 8192, 6, 1, 1,
                2047, 1 << 20, 2048, 1 << 10, 131_072, 128, 128, 128 * 1024, 512, 0, true, true, Bench.LOCAL_KEY));
    }

    @Test
    void attributes_reportTheReceiveLimitWhereItIsTheSmaller() {
        DeviceCapabilities small = new DeviceCapabilities(
                1024, 16, 64, 4096, 1, false, false, false, Bench.LOCAL_KEY, Bench.CAPABILITIES.congestionControl(), 0);
        try (Bench other = new Bench(small)) {
            assertThat(other.device.attributes().maxQpWr()).isEqualTo(64);
            assertThat(other.device.attributes().atomicCapable()).isFalse();
        }
    }

    @Test
    void portAttributes_followTheNetdev() {
        assertThat(device.portAttributes(1).state()).isEqualTo(PortState.DOWN);
        assertThat(device.portAttributes(1).physicalState()).isEqualTo(PhysicalState.DISABLED);

        bench.netdev.setUp(true);
        bench.netdev.setMtu(4200);

        assertThat(device.portAttributes(1)).isEqualTo(new PortAttributes(
                PortState.ACTIVE, PhysicalState.LINK_UP, Mtu.MTU_4096, Mtu.MTU_4096, 1, 0, 0xFFFF_FFFFL,
                1 << 16 | 1 << 19, 32, 1));

        bench.netdev.setCarrier(false);
        assertThat(device.portAttributes(1).state()).isEqualTo(PortState.DOWN);
    }

    @ParameterizedTest
    @CsvSource({ "100,1,1", "1000,1,1", "10000,8,1", "20000,2,2", "25000,32,1", "40000,8,2", "50000,32,16",
        "100000,32,2", "200000,64,2",
        "400000,128,2", "800000,128,2" })
    void portAttributes_giveSpeedAndWidthOfTheLink(int mbits, int speed, int width) {
        Port port = new Port(new NetdevRegistry().register("eth1", Bench.MAC, 1500, mbits), Bench.MAC);

        assertThat(port.attributes().activeSpeed()).isEqualTo(speed);
        assertThat(port.attributes().activeWidth()).isEqualTo(width);
    }

    @Test
    void gid_isThePeerMacInTheFirstSixBytes() {
        Gid gid = device.gid(1, 0);

        assertThat(gid.bytes()).containsExactly(0x00, 0x16, 0x3e, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(gid).hasToString("0016:3e01:0203:0000:0000:0000:0000:0000");
        assertThat(Gid.ofIwarp(MacAddress.parse("ff:ff:ff:ff:ff:fe")).bytes()).startsWith(0xff, 0xff, 0xff, 0xff, 0xff,
                0xfe);
    }

    @Test
    void nodeGuid_isTheEui64OfTheNetdevsAddress() {
        assertThat(device.nodeGuid()).isEqualTo(0x0216_3EFF_FE01_0203L);
        Port port = new Port(new NetdevRegistry().register("e", MacAddress.parse("ff:ee:dd:cc:bb:aa"), 1500, 1),
                Bench.MAC);
        assertThat(port.nodeGuid()).isEqualTo(0xFDEE_DDFF_FECC_BBAAL);
    }

    @Test
    void queries_ofAnotherPortOrGid_areEinval() {
        assertRefused(Errno.EINVAL, () -> device.portAttributes(0));
        assertRefused(Errno.EINVAL, () -> device.portAttributes(2));
        assertRefused(Errno.EINVAL, () -> device.gid(2, 0));
        assertRefused(Errno.EINVAL, () -> device.gid(1, 1));
        assertRefused(Errno.EINVAL, () -> device.stats(2));
        assertThat(bench.commands.opcodes()).isEmpty();
    }

    private void deviceWritesStats(int magic) {
        bench.commands.on(CommandOpcode.GET_STATS, command -> {
            assertThat(GetStats.targetLength(command.slot(), 0)).isEqualTo(256);
            MemorySegment block = bench.hardware.at(GetStats.targetAddress(command.slot(), 0), 256);
            StatsBlock.setMagic(block, 0, magic);
            for (StatCounter counter : StatCounter.values()) {
                StatsBlock.setCounter(block, 0, counter, 1000L + counter.ordinal());
            }
        });
    }

    @Test
    void stats_areWhatTheDeviceWrote_askedForAnew() {
        deviceWritesStats(0x5566);

        DeviceStatistics stats = device.stats(1);
        device.stats(1);

        assertThat(stats.get(StatCounter.TX_REQUESTS)).isEqualTo(1000);
        assertThat(stats.get(StatCounter.RX_PPS_LIMIT_DROPS)).isEqualTo(1010);
        assertThat(stats.counters()).hasSize(11);
        assertThat(bench.commands.all(CommandOpcode.GET_STATS)).hasSize(2);
    }

    @Test
    void stats_withoutTheMagic_areEinval() {
        deviceWritesStats(0x5567);
        assertRefused(Errno.EINVAL, () -> device.stats(1));
    }

    @Test
    void stats_whenTheCommandFails_passItsError() {
        bench.commands.fail(CommandOpcode.GET_STATS, Errno.EIO);
        assertRefused(Errno.EIO, () -> device.stats(1));
    }

    @Test
    void mtuChanged_tellsTheDevice_andIgnoresItsAnswer() {
        device.mtuChanged(9000);
        assertThat(ConfMtu.mtu(bench.commands.last(CommandOpcode.CONF_MTU), 0)).isEqualTo(9000);

        bench.commands.fail(CommandOpcode.CONF_MTU, Errno.EIO);
        device.mtuChanged(1500);
        assertThat(bench.commands.all(CommandOpcode.CONF_MTU)).hasSize(2);
    }

    @Test
    void portChanged_andFailed_reachSubscribersUntilTheyUnsubscribe() {
        List<AsyncEvent> seen = new ArrayList<>();
        Subscription subscription = device.subscribe(seen::add);

        device.portChanged(true);
        device.portChanged(false);
        device.failed();
        subscription.close();
        device.portChanged(true);

        assertThat(seen).containsExactly(
                new AsyncEvent.OfPort(AsyncEventType.PORT_ACTIVE, 1), new AsyncEvent.OfPort(AsyncEventType.PORT_ERR, 1),
                new AsyncEvent.OfDevice(AsyncEventType.DEVICE_FATAL));
    }

    @Test
    void subscriberThatThrows_harmsNoOther() {
        List<AsyncEvent> seen = new ArrayList<>();
        device.subscribe(event -> {
            throw new IllegalStateException("a handler's own fault");
        });
        device.subscribe(seen::add);

        device.failed();

        assertThat(seen).hasSize(1);
    }

    @Test
    void device_tellsWhatItIsBoundTo() {
        assertThat(device.name()).isEqualTo("erdma_0");
        assertThat(device.netdev()).isSameAs(bench.netdev);
        assertThat(device.completionVectors()).isEqualTo(3);
        assertThat(device.capabilities()).isEqualTo(Bench.CAPABILITIES);
        assertThat(device).hasToString("erdma_0");
    }
}
