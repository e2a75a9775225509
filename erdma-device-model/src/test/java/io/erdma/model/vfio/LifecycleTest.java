package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.Region;
import io.erdma.model.vfio.wire.RegionAccess;
import io.erdma.model.vfio.wire.RegionWrites;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients and servers that come and go, resets, and several functions of one card. */
class LifecycleTest {
    private static final FunctionSpec SPEC = FunctionSpec.defaults();

    private final ServerFixture fixture = new ServerFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aReset_forgetsRegisters_andConfiguration_butNotMemoryNorInterrupts() {
        int file = ClientKernel.memory(4096, true);
        int event = ClientKernel.event();
        try (VfioClient client = VfioClient.negotiated(fixture.serve("alice"))) {
            assertThat(client.map(0, 4096, 0, true, file)).isZero();
            assertThat(client.setIrqs(36, 2, 1, 1, event)).isZero();
            client.write(Region.CONFIG, 4, 2, 6);
            client.write(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4, 64);
            client.write(PciIds.MSIX_BAR, 0, 8, 0x1122_3344_5566_7788L);
            assertThat(client.call(Command.DEVICE_RESET, 0)).isZero();
            assertThat(client.read(PciIds.MSIX_BAR, 0, 8)).as("a vector's address").isZero();
            assertThat(client.read(Region.CONFIG, 4, 2)).isZero();
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).isZero();
            assertThat(client.unmap(0, 4096)).as("the memory was still given").isZero();
            assertThat(client.setIrqs(33, 2, 1, 1)).isZero();
            assertThat(ClientKernel.await(event, 0)).isEqualTo(1);
        }
        ClientKernel.close(file);
        ClientKernel.close(event);
    }

    @Test
    void writes_ofAnyWidthAndPlace_areTaken_orRefusedAsAWhole() {
        try (VfioClient client = VfioClient.negotiated(fixture.serve("alice"))) {
            for (int width : new int[]{ 1, 2, 4, 8 }) {
                for (int offset = 0; offset < 16; offset++) {
                    assertThat(client.tryWrite(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L + offset, width, -1))
                            .isZero();
                    assertThat(client.tryRead(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L + offset, width)).isZero();
                    assertThat(client.replyBytes()).isEqualTo(RegionAccess.BYTES + width);
                }
                assertThat(client.tryWrite(Region.CONFIG, 256 - width + 1, width, 0))
                        .isEqualTo(Errno.EINVAL.number());
                assertThat(client.tryWrite(Region.CONFIG, 256 - width, width, -1)).isZero();
            }
            client.write(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L, 8, 0x1122_3344_5566_7788L);
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L, 8)).isEqualTo(0x1122_3344_5566_7788L);
            client.write(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L, 4, 0x99AA_BBCCL);
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.CMDQ_SQ_ADDR_L, 8)).isEqualTo(0x1122_3344_99AA_BBCCL);
        }
    }

    @Test
    void severalWritesInOneMessage_areCarriedOutInOrder_orNoneIs() {
        try (VfioClient client = VfioClient.negotiated(fixture.serve("alice"))) {
            RegionWrites.setCount(client.request, VfioClient.PAYLOAD, 2);
            compose(client, 0, Registers.CMDQ_DEPTH, 16);
            compose(client, 1, Registers.CMDQ_DEPTH, 32);
            long bytes = RegionWrites.BYTES + 2 * RegionWrites.WRITE_BYTES;
            assertThat(client.call(Command.REGION_WRITE_MULTI, bytes)).isZero();
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).isEqualTo(32);

            RegionWrites.setCount(client.request, VfioClient.PAYLOAD, 2);
            compose(client, 0, Registers.CMDQ_DEPTH, 64);
            compose(client, 1, PciIds.FUNCTION_BAR_BYTES, 0);
            assertThat(client.call(Command.REGION_WRITE_MULTI, bytes)).isEqualTo(Errno.EINVAL.number());
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).isEqualTo(32);
        }
    }

    private static void compose(VfioClient client, int nth, long offset, int value) {
        long at = RegionWrites.write(VfioClient.PAYLOAD, nth);
        RegionAccess.set(client.request, at, offset, PciIds.FUNCTION_BAR, 4);
        client.request.set(ValueLayout.JAVA_LONG, at + RegionAccess.BYTES, value);
    }

    @Test
    void aSecondClient_waitsUntilTheFirstIsGone() {
        Path path = fixture.serve("alice");
        VfioClient first = VfioClient.negotiated(path);
        first.write(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4, 64);
        VfioClient second = new VfioClient(path);
        int proposal = second.postVersion(VfioClient.QEMU);
        assertThat(first.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).as("still served").isEqualTo(64);
        first.close();
        assertThat(second.awaitReply()).isZero();
        assertThat(second.replyId()).isEqualTo(proposal);
        assertThat(second.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).as("a function as new").isZero();
        second.close();
    }

    @Test
    void functionsOfOneVport_areServedEachByItself() {
        try (VfioClient one = VfioClient.negotiated(fixture.serve("alice"));
                VfioClient other = VfioClient.negotiated(fixture.serve("alice"));
                VfioClient bobs = VfioClient.negotiated(fixture.serve("bob"))) {
            one.write(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4, 64);
            assertThat(other.read(PciIds.FUNCTION_BAR, Registers.CMDQ_DEPTH, 4)).isZero();
            assertThat(other.read(PciIds.FUNCTION_BAR, Registers.NETDEV_MAC_L, 8))
                    .isEqualTo(one.read(PciIds.FUNCTION_BAR, Registers.NETDEV_MAC_L, 8))
                    .isNotEqualTo(bobs.read(PciIds.FUNCTION_BAR, Registers.NETDEV_MAC_L, 8));
        }
    }

    @Test
    void aVportThatDies_readsAsOnes_andTakesNothing() {
        try (VfioClient client = VfioClient.negotiated(fixture.serve("alice"))) {
            fixture.card.vport("alice").kill();
            assertThat(client.read(PciIds.FUNCTION_BAR, Registers.VERSION, 4)).isEqualTo(0xFFFF_FFFFL);
            assertThat(client.read(Region.CONFIG, 0, 2)).isEqualTo(0xFFFF);
            assertThat(client.tryWrite(PciIds.FUNCTION_BAR, Registers.DEV_CTRL, 4, 2)).isZero();
        }
    }

    @Test
    void aSocketThatIsThere_isNotTaken() {
        Path path = fixture.serve("alice");
        assertThatThrownBy(() -> VfioUserServer.open(fixture.card.vport("bob"), SPEC, path))
                .isInstanceOf(ErrnoException.class).extracting(e -> ((ErrnoException) e).errno())
                .isEqualTo(Errno.EADDRINUSE);
        VfioClient.negotiated(path).close();
    }

    /** With the function's queues in memory that the client never gives. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void aServerOrClientThatEnds_isRidOfTheOther_alsoWhileAnEngineWaits(boolean killed) throws InterruptedException {
        Path path = fixture.serve("alice");
        try (SocketBus bus = new SocketBus(path, SPEC, 0x1000_0000L, 1 << 20, SocketBus.Backing.FAR, 4096)) {
            bus.initialize();
            bus.ringCommandsUnanswered();
            if (killed) {
                bus.client.hangUp();
                VfioClient.negotiated(path).close(); // served only when nothing of the other is left
            } else {
                fixture.stop(path);
            }
            assertThat(bus.client.awaitEnd()).isTrue();
        }
    }
}
