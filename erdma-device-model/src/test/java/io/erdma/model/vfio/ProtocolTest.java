package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DeviceInfo;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqInfo;
import io.erdma.model.vfio.wire.Json;
import io.erdma.model.vfio.wire.Region;
import io.erdma.model.vfio.wire.RegionInfo;
import io.erdma.model.vfio.wire.RegionIoFds;
import io.erdma.model.vfio.wire.Version;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server says of the device, and what of itself. */
class ProtocolTest {
    private static final long PAYLOAD = VfioClient.PAYLOAD;

    private final ServerFixture fixture = new ServerFixture();
    private Path path;
    private VfioClient client;

    @BeforeEach
    void connect() {
        path = fixture.serve("alice");
        client = new VfioClient(path);
    }

    @AfterEach
    void disconnect() {
        client.close();
        fixture.close();
    }

    private void negotiate() {
        assertThat(client.version(0, 0, VfioClient.QEMU)).isZero();
    }

    @Test
    void version_isAnsweredAsQemuWantsIt() {
        negotiate();
        assertThat(Version.major(client.reply, PAYLOAD)).isZero();
        assertThat(Version.minor(client.reply, PAYLOAD)).isZero();
        String text = Version.capabilities(client.reply, PAYLOAD, client.replyBytes());
        assertThat(Version.isTerminated(client.reply, PAYLOAD, client.replyBytes())).isTrue();
        assertThat(Json.object(text).get("capabilities")).isEqualTo(Map.of("max_msg_fds", 16.0, "max_data_xfer_size",
                65536.0, "max_dma_maps", 2048.0, "pgsizes", 4096.0, "write_multiple", true));
    }

    @Test
    void version_ofAHigherMinor_isAnsweredWithOurs() {
        assertThat(client.version(0, 7, "{}")).isZero();
        assertThat(Version.minor(client.reply, PAYLOAD)).isZero();
    }

    @Test
    void version_withoutCapabilities_isTaken() {
        assertThat(client.call(Command.VERSION, Version.BYTES)).isZero();
    }

    @Test
    void version_ofAnotherMajor_isRefused_andMayBeTriedAgain() {
        assertThat(client.version(1, 0, "{}")).isEqualTo(Errno.EINVAL.number());
        negotiate();
    }

    @ParameterizedTest
    @ValueSource(
            strings = { "{", "[]", "{}{}", "x", "\"a\"", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "[1", "{\"a\":tru}",
                "{\"capabilities\":{\"max_data_xfer_size\":0}}", "{\"capabilities\":{\"max_data_xfer_size\":-1}}",
                "{\"a\":\"\\u00\"}",
                "{\"a\":--1}", "{\"a\":\"b", "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]}" })
    void version_withMalformedCapabilities_isRefused(String capabilities) {
        assertThat(client.version(0, 0, capabilities)).isEqualTo(Errno.EINVAL.number());
        negotiate();
    }

    @ParameterizedTest
    @ValueSource(
            strings = { " { } ", "{\"a\":[1,-2.5e3,\"x\\u0041\\n\",null,false,{\"b\":[]}]}", "{\"capabilities\":[]}",
                "{\"capabilities\":{\"max_data_xfer_size\":1e99}}" })
    void version_withCapabilitiesThatMeanNothing_isTaken(String capabilities) {
        assertThat(client.version(0, 0, capabilities)).isZero();
    }

    @Test
    void nothingIsAnswered_beforeTheVersion() {
        DeviceInfo.set(client.request, PAYLOAD, 0, 0, 0);
        assertThat(client.call(Command.DEVICE_GET_INFO, DeviceInfo.BYTES)).isEqualTo(Errno.EINVAL.number());
        negotiate();
        assertThat(client.version(0, 0, "{}")).as("a second version").isEqualTo(Errno.EINVAL.number());
    }

    @Test
    void theDevice_isAPciDevice_thatCanBeReset() {
        negotiate();
        DeviceInfo.set(client.request, PAYLOAD, 0, 0, 0);
        assertThat(client.call(Command.DEVICE_GET_INFO, DeviceInfo.BYTES)).isZero();
        assertThat(DeviceInfo.flags(client.reply, PAYLOAD)).isEqualTo(DeviceInfo.PCI | DeviceInfo.RESET);
        assertThat(DeviceInfo.regions(client.reply, PAYLOAD)).isEqualTo(9);
        assertThat(DeviceInfo.irqTypes(client.reply, PAYLOAD)).isEqualTo(5);
    }

    @Test
    void itsRegions_areTwoBarsAndConfigurationSpace() {
        negotiate();
        for (int region = 0; region < Region.COUNT; region++) {
            RegionInfo.set(client.request, PAYLOAD, 0, region, 0, 0);
            assertThat(client.call(Command.DEVICE_GET_REGION_INFO, RegionInfo.BYTES)).isZero();
            long bytes = RegionInfo.size(client.reply, PAYLOAD);
            assertThat(bytes).as("region " + region).isEqualTo(switch (region) {
                case PciIds.FUNCTION_BAR -> PciIds.FUNCTION_BAR_BYTES;
                case PciIds.MSIX_BAR -> 4096;
                case Region.CONFIG -> 256;
                default -> 0;
            });
            assertThat(RegionInfo.flags(client.reply, PAYLOAD)).isEqualTo(bytes == 0 ? 0 : 3);
        }
        RegionInfo.set(client.request, PAYLOAD, 0, Region.COUNT, 0, 0);
        assertThat(client.call(Command.DEVICE_GET_REGION_INFO, RegionInfo.BYTES)).isEqualTo(Errno.EINVAL.number());
    }

    @Test
    void configurationSpace_namesTheFunction_andItsVectors() {
        negotiate();
        assertThat(client.read(Region.CONFIG, 0, 4)).isEqualTo(0x107F_1DEDL);
        assertThat(client.read(Region.CONFIG, 0x08, 4) >>> 8).isEqualTo(0x02_80_00);
        long msix = client.read(Region.CONFIG, 0x34, 1);
        assertThat(client.read(Region.CONFIG, msix, 2)).as("one capability, MSI-X").isEqualTo(0x0011);
        assertThat(client.read(Region.CONFIG, msix + 2, 2)).isEqualTo(32 - 1);
        assertThat(client.read(Region.CONFIG, msix + 4, 4) & 7).isEqualTo(PciIds.MSIX_BAR);
    }

    /** QEMU sizes BARs by itself, yet passes on what its guest writes to them. */
    @Test
    void configurationSpace_takesOnlyWhatAHostMaySet() {
        negotiate();
        long[] before = new long[64];
        for (int word = 0; word < 64; word++) {
            before[word] = client.read(Region.CONFIG, 4L * word, 4);
            client.write(Region.CONFIG, 4L * word, 4, 0xFFFF_FFFFL);
        }
        for (int word = 0; word < 64; word++) {
            long writable = switch (4 * word) {
                case 0x04 -> 0x0546; // command
                case 0x0C -> 0xFFFF; // cache line, latency
                case 0x3C -> 0xFF; // interrupt line
                case 0x40 -> 0xC000_0000L; // MSI-X: enable, mask
                default -> 0;
            };
            assertThat(client.read(Region.CONFIG, 4L * word, 4)).as("offset 0x%x", 4 * word)
                    .isEqualTo(before[word] | writable);
        }
    }

    @Test
    void aRegion_hasNoFilesForItsDoorbells() {
        negotiate();
        RegionIoFds.set(client.request, PAYLOAD, 0, 0);
        assertThat(client.call(Command.DEVICE_GET_REGION_IO_FDS, RegionIoFds.BYTES)).isZero();
        assertThat(RegionIoFds.count(client.reply, PAYLOAD)).isZero();
    }

    @Test
    void itsInterrupts_areMsixVectors_andOneForErrors() {
        negotiate();
        for (int type = 0; type < Irq.COUNT; type++) {
            IrqInfo.set(client.request, PAYLOAD, 0, type, 0);
            assertThat(client.call(Command.DEVICE_GET_IRQ_INFO, IrqInfo.BYTES)).isZero();
            assertThat(IrqInfo.count(client.reply, PAYLOAD))
                    .isEqualTo(type == Irq.MSIX ? 32 : type == Irq.ERROR ? 1 : 0);
        }
        IrqInfo.set(client.request, PAYLOAD, 0, Irq.COUNT, 0);
        assertThat(client.call(Command.DEVICE_GET_IRQ_INFO, IrqInfo.BYTES)).isEqualTo(Errno.EINVAL.number());
    }

    @Test
    void registersAreRead_inAnyWidth_andOnlyInsideTheRegion() {
        negotiate();
        long mac = 0x02_00_00_00_00_01L;
        assertThat(client.read(0, Registers.NETDEV_MAC_L, 8)).isEqualTo(mac);
        assertThat(client.read(0, Registers.NETDEV_MAC_L, 4)).isEqualTo(mac & 0xFFFF_FFFFL);
        assertThat(client.read(0, Registers.NETDEV_MAC_H, 4)).isEqualTo(mac >>> 32);
        assertThat(client.read(0, 1, 1)).isZero();
        assertThat(client.tryRead(0, PciIds.FUNCTION_BAR_BYTES - 4, 8)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(0, -8, 8)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(0, Long.MAX_VALUE, 8)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(1, 0, 4)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(9, 0, 4)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(-1, 0, 4)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(0, 0, 0)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(0, 0, 65537)).isEqualTo(Errno.EINVAL.number());
        assertThat(client.tryRead(0, 0, 65536)).isZero();
    }

    @Test
    void anUnknownCommand_isNotSupported_andTheConnectionGoesOn() {
        negotiate();
        for (int command : new int[]{ 0, Command.DMA_READ, Command.DMA_WRITE, 14, 16, 17, 18, 19, 0xFFFF }) {
            assertThat(client.call(command, 8)).isEqualTo(Errno.EOPNOTSUPP.number());
        }
        assertThat(client.read(Region.CONFIG, 0, 2)).isEqualTo(PciIds.VENDOR);
    }

    @Test
    void aClientThatComesBack_findsTheFunctionAsNew() {
        negotiate();
        client.write(0, Registers.CMDQ_DEPTH, 4, 64);
        client.write(Region.CONFIG, 4, 2, 6);
        assertThat(client.read(0, Registers.CMDQ_DEPTH, 4)).isEqualTo(64);
        client.close();
        client = VfioClient.negotiated(path);
        assertThat(client.read(0, Registers.CMDQ_DEPTH, 4)).isZero();
        assertThat(client.read(Region.CONFIG, 4, 2)).isZero();
    }
}
