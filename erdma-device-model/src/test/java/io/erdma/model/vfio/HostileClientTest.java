package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.sys.LingeringSocket;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaUnmap;
import io.erdma.model.vfio.wire.Header;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqSet;
import io.erdma.model.vfio.wire.RegionAccess;
import io.erdma.model.vfio.wire.RegionWrites;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client can do with its descriptors, and by being slow: other guests and later clients are served as before. */
class HostileClientTest {
    private static final long BASE = 0x1000_0000L;
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private ServerFixture fixture = new ServerFixture();

    @BeforeAll
    static void prepare() {
        LingeringSocket.prepare();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static SocketBus far(Path path) {
        return new SocketBus(path, FunctionSpec.defaults(), BASE, 1 << 20, SocketBus.Backing.FAR, 4096);
    }

    /** An unmap waits until every engine of the card is out. */
    private void assertThatBobIsServed() {
        int file = ClientKernel.memory(4096, true);
        try (VfioClient bob = VfioClient.negotiated(fixture.serve("bob"))) {
            assertThat(bob.map(0, 4096, 0, true, file)).isZero();
            assertThat(bob.unmap(0, 4096)).isZero();
        }
        ClientKernel.close(file);
    }

    @Test
    void aDescriptorWhoseCloseTakesLong_holdsNotEvenItsClient() {
        Path path = fixture.serve("alice");
        try (LingeringSocket lingering = new LingeringSocket()) {
            try (VfioClient client = VfioClient.negotiated(path)) {
                DmaUnmap.set(client.request, VfioClient.PAYLOAD, 0, 0, 4096);
                Header.command(client.request, 0, 1, Command.DMA_UNMAP, Header.BYTES + DmaUnmap.BYTES, true);
                client.give(client.request, Header.BYTES + DmaUnmap.BYTES, lingering.descriptor());
                assertThat(client.read(PciIds.FUNCTION_BAR, Registers.VERSION, 4)).isPositive();
            }
            VfioClient.negotiated(path).close();
        }
    }

    @Test
    void aDescriptorBesideAnAnswer_whoseCloseTakesLong_holdsNoEngine() {
        try (LingeringSocket lingering = new LingeringSocket(); SocketBus alice = far(fixture.serve("alice"))) {
            alice.initialize();
            alice.service.attach(lingering.descriptor());
            alice.ringCommands();
            assertThat(alice.read(PciIds.FUNCTION_BAR, Registers.DEV_ST, 4)).isEqualTo(Registers.DEV_ST_INIT_DONE);
            assertThatBobIsServed();
        }
    }

    @Test
    void anEventfdThatBlocks_isNoLossForTheNextClient() {
        Path path = fixture.serve("alice");
        int full = ClientKernel.event();
        try (VfioClient client = VfioClient.negotiated(path)) {
            assertThat(client.setIrqs(IrqSet.DATA_EVENTFD | IrqSet.TRIGGER, Irq.MSIX, 0, 1, full)).isZero();
            ClientKernel.letBlock(full);
            ClientKernel.add(full, -2);
            IrqSet.set(client.request, VfioClient.PAYLOAD, 0, IrqSet.DATA_NONE | IrqSet.TRIGGER, Irq.MSIX, 0, 1);
            client.post(Command.DEVICE_SET_IRQS, IrqSet.BYTES, true);
        }
        VfioClient.negotiated(path).close();
        ClientKernel.close(full);
    }

    @Test
    void moreDescriptorsThanAMessageMayHave_endTheConnection_beforeOthersLackThem() {
        int[] files = IntStream.range(0, 16).map(i -> ClientKernel.event()).toArray();
        long before = ClientKernel.open();
        try (VfioClient client = VfioClient.negotiated(fixture.serve("alice")); Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(60_000);
            Header.command(message, 0, 1, Command.REGION_WRITE, message.byteSize(), true);
            int sent = 0;
            while (sent < message.byteSize() && client.send(message.asSlice(sent), 1, files)) {
                sent++;
            }
            assertThat(sent).as("of %d pieces, with 16 descriptors each", message.byteSize()).isLessThan(10_000);
            assertThat(ClientKernel.open() - before).isLessThan(2000);
            assertThatBobIsServed();
        }
        IntStream.of(files).forEach(ClientKernel::close);
    }

    /** A client that may be waited for a little, with memory by messages, and a device that it has set up. */
    private SocketBus impatient() {
        SocketBus alice = far(fixture.serve("alice", FunctionSpec.defaults(), Optional.empty(), PATIENCE));
        alice.initialize();
        return alice;
    }

    /** So that who waits for bytes is told of some, and finds none. */
    @Test
    void aByteOutOfBand_insteadOfAnAnswer_holdsNoEngine() throws InterruptedException {
        try (SocketBus alice = impatient()) {
            alice.ringCommandsUnanswered();
            alice.client.sendOutOfBand();
            assertThatBobIsServed();
        }
    }

    @Test
    void readsWhoseAnswersAreNotTaken_holdNoEngine() throws InterruptedException {
        try (SocketBus alice = impatient()) {
            CountDownLatch waiting = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            alice.service.plan(access -> {
                waiting.countDown();
                awaitQuietly(over); // in the thread that receives
                return DmaService.Answer.NONE;
            });
            alice.ringCommands();
            waiting.await();
            RegionAccess.set(alice.client.request, VfioClient.PAYLOAD, 0, PciIds.FUNCTION_BAR, 64 << 10);
            for (int i = 0; i < 4000; i++) {
                alice.client.post(Command.REGION_READ, RegionAccess.BYTES, false);
            }
            assertThatBobIsServed();
            over.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a guest's CPU does: it posts its doorbell, reads a register, and serves no DMA before it has it. */
    @Test
    void aReadThatComesTogetherWithADoorbell_isAnswered_thoughTheEngineWaitsForMemory() {
        try (SocketBus alice = far(fixture.serve("alice"))) {
            alice.initialize();
            alice.service.plan(access -> DmaService.Answer.NONE);
            assertThat(alice.client.postAndRead(PciIds.FUNCTION_BAR, Registers.CMDQ_SQDB, 4, Registers.DEV_ST))
                    .isEqualTo(Registers.DEV_ST_INIT_DONE);
        }
    }

    @Test
    void aClientThatWasNotTakenYet_withADescriptorWhoseCloseTakesLong_doesNotHoldTheServersEnd() {
        Path path = fixture.serve("alice");
        try (LingeringSocket lingering = new LingeringSocket();
                VfioClient served = VfioClient.negotiated(path);
                VfioClient waiting = new VfioClient(path)) {
            waiting.give(waiting.request, 2, lingering.descriptor());
            fixture.stop(path);
            assertThat(served.awaitReply()).as("it is over").isNegative();
        }
        while (!fixture.card.vport("alice").ledger().outstanding().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    /** As a vCPU does: it reads a register, and serves no DMA before it has it. */
    @ParameterizedTest
    @CsvSource({ "0,4", "4,8" })
    void aResetAmongSeveralWrites_endsWhatEnginesWaitFor_beforeItIsAnswered(int bytesBefore, int bytes)
            throws InterruptedException {
        fixture.close();
        fixture = new ServerFixture(CardSpec.twoTenants().toBuilder().engineThreads(1).build());
        try (SocketBus alice = far(fixture.serve("alice"))) {
            alice.initialize();
            alice.ringCommandsUnanswered();
            VfioClient client = alice.client;
            RegionWrites.setCount(client.request, VfioClient.PAYLOAD, 1);
            long at = RegionWrites.write(VfioClient.PAYLOAD, 0);
            RegionAccess.set(client.request, at, Registers.DEV_CTRL - bytesBefore, PciIds.FUNCTION_BAR, bytes);
            client.request.set(ValueLayout.JAVA_LONG, at + RegionAccess.BYTES,
                    (long) Registers.DEV_CTRL_RESET << 8 * bytesBefore);
            assertThat(client.call(Command.REGION_WRITE_MULTI, RegionWrites.BYTES + RegionWrites.WRITE_BYTES)).isZero();
            assertThat(alice.read(PciIds.FUNCTION_BAR, Registers.DEV_ST, 4)).isEqualTo(Registers.DEV_ST_RESET_DONE);
        }
    }
}
