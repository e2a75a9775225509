package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.hw.PciIds;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqSet;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SET_IRQS: eventfds, masks, triggers, and what is neither. Vectors are raised as a client may, without the device's doing. */
class InterruptTest {
    private static final int ASSIGN = IrqSet.DATA_EVENTFD | IrqSet.TRIGGER;
    private static final int TRIGGER = IrqSet.DATA_NONE | IrqSet.TRIGGER;
    private static final int EINVAL = Errno.EINVAL.number();
    private static final int EOPNOTSUPP = Errno.EOPNOTSUPP.number();

    private ServerFixture fixture;
    private VfioClient client;
    private int[] events;

    @BeforeEach
    void connect() {
        fixture = new ServerFixture();
        client = VfioClient.negotiated(fixture.serve("alice"));
        events = IntStream.range(0, 4).map(i -> ClientKernel.event()).toArray();
    }

    @AfterEach
    void disconnect() {
        client.close();
        IntStream.of(events).forEach(ClientKernel::close);
        fixture.close();
    }

    private long count(int event) {
        return ClientKernel.await(events[event], 0);
    }

    private boolean masked(int vector) {
        return client.read(PciIds.MSIX_BAR, vector * 16L + 12, 4) == 1;
    }

    @Test
    void aVectorWithAnEventfd_signalsIt_andIsUnmasked() {
        assertThat(masked(3)).isTrue();
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 3, 2, events[0], events[1])).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 4, 1)).isZero();
        assertThat(count(0)).isZero();
        assertThat(count(1)).isEqualTo(1);
        assertThat(masked(2)).isTrue();
        assertThat(masked(3)).isFalse();
        assertThat(masked(4)).isFalse();
    }

    @Test
    void aNewEventfd_takesTheOldOnesPlace() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, events[0])).isZero();
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, events[1])).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1)).isZero();
        assertThat(count(0)).isZero();
        assertThat(count(1)).isEqualTo(1);
    }

    @Test
    void noEventfd_takesTheVectorsAway() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 2, events[0], events[1])).isZero();
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 1, 1)).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 2)).isZero();
        assertThat(count(0)).isEqualTo(1);
        assertThat(count(1)).isZero();
        assertThat(masked(1)).isTrue();
    }

    @Test
    void allOfAType_canBeTakenAwayAtOnce() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 4, events)).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 0)).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 4)).isZero();
        assertThat(IntStream.range(0, 4).mapToLong(this::count).sum()).isZero();
        assertThat(masked(0)).isTrue();
    }

    @Test
    void masks_areThoseOfTheTable() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 4, events)).isZero();
        assertThat(client.setIrqs(IrqSet.DATA_NONE | IrqSet.MASK, Irq.MSIX, 1, 2)).isZero();
        assertThat(IntStream.range(0, 4).mapToObj(this::masked)).containsExactly(false, true, true, false);
        assertThat(client.setIrqs(IrqSet.DATA_NONE | IrqSet.UNMASK, Irq.MSIX, 2, 1)).isZero();
        assertThat(IntStream.range(0, 4).mapToObj(this::masked)).containsExactly(false, true, false, false);
        assertThat(client.setIrqs(IrqSet.DATA_NONE | IrqSet.UNMASK, Irq.MSIX, 7, 1)).isZero();
        assertThat(masked(7)).as("nobody to tell").isTrue();
    }

    @Test
    void bytes_chooseTheInterrupts() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 4, events)).isZero();
        IrqSet.set(client.request, VfioClient.PAYLOAD, 3, IrqSet.DATA_BOOL | IrqSet.TRIGGER, Irq.MSIX, 1, 3);
        byte[] chosen = { 1, 0, (byte) 0x80 };
        for (int i = 0; i < 3; i++) {
            client.request.set(ValueLayout.JAVA_BYTE, VfioClient.PAYLOAD + IrqSet.BYTES + i, chosen[i]);
        }
        assertThat(client.call(Command.DEVICE_SET_IRQS, IrqSet.BYTES + 3)).isZero();
        assertThat(IntStream.range(0, 4).mapToLong(this::count)).containsExactly(0L, 1L, 0L, 1L);
        assertThat(client.call(Command.DEVICE_SET_IRQS, IrqSet.BYTES + 2)).as("a byte is missing").isEqualTo(EINVAL);
        assertThat(client.call(Command.DEVICE_SET_IRQS, IrqSet.BYTES + 4)).as("a byte too many").isEqualTo(EINVAL);
    }

    @Test
    void theErrorInterrupt_takesAnEventfd_andCantBeMasked() {
        assertThat(client.setIrqs(ASSIGN, Irq.ERROR, 0, 1, events[0])).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.ERROR, 0, 1)).isZero();
        assertThat(count(0)).isEqualTo(1);
        assertThat(client.setIrqs(IrqSet.DATA_NONE | IrqSet.MASK, Irq.ERROR, 0, 1)).isEqualTo(EOPNOTSUPP);
    }

    @ParameterizedTest
    @CsvSource({ "2, 32, 1", "2, 31, 2", "2, 0, 33", "2, 0xFFFFFFFF, 1", "2, 1, 0xFFFFFFFF",
        "2, 0xFFFFFFFF, 0xFFFFFFFF", "2, 5, 0",
        "3, 1, 1", "3, 0, 2", "0, 0, 1", "1, 0, 1", "4, 0, 1", "5, 0, 0", "-1, 0, 1" })
    void rangesThatCantBe_areRefused(String type, String start, String count) {
        for (int flags : new int[]{ TRIGGER, IrqSet.DATA_NONE | IrqSet.MASK, ASSIGN }) {
            assertThat(client.setIrqs(flags, Integer.decode(type), Long.decode(start), Long.decode(count)))
                    .isEqualTo(EINVAL);
        }
    }

    @Test
    void flagsThatCantBe_areRefused() {
        for (int flags = 0; flags < 128; flags++) {
            boolean good = flags < 64 && Integer.bitCount(flags & IrqSet.DATA) == 1
                    && Integer.bitCount(flags & IrqSet.ACTION) == 1;
            if (!good) {
                assertThat(client.setIrqs(flags, Irq.MSIX, 0, 1)).as("flags " + flags).isEqualTo(EINVAL);
            }
        }
        assertThat(client.setIrqs(IrqSet.DATA_EVENTFD | IrqSet.MASK, Irq.MSIX, 0, 1, events[0])).isEqualTo(EOPNOTSUPP);
    }

    @Test
    void eventfdsInAnotherNumber_orWhereNoneBelong_areRefused_andChangeNothing() {
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, events[0])).isZero();
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 2, events[1])).isEqualTo(EINVAL);
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, events[1], events[2])).isEqualTo(EINVAL);
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 0, events[1])).isEqualTo(EINVAL);
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1, events[1])).isEqualTo(EINVAL);
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1)).isZero();
        assertThat(count(0)).isEqualTo(1);
        assertThat(count(1)).isZero();
    }

    @Test
    void whatIsNoEventfd_isRefused_andNotWritten() {
        int[] pipe = ClientKernel.pipe();
        int memory = ClientKernel.memory(4096, true);
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, pipe[1])).isEqualTo(EINVAL);
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 2, events[0], memory)).isEqualTo(EINVAL);
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1)).isZero();
        assertThat(ClientKernel.await(pipe[0], 0)).isZero();
        assertThat(count(0)).as("the first of two").isZero();
        IntStream.of(pipe[0], pipe[1], memory).forEach(ClientKernel::close);
    }

    @Test
    void anEventfdThatIsFull_doesNotBlockTheServer() {
        int full = events[0];
        ClientKernel.add(full, -2);
        assertThat(client.setIrqs(ASSIGN, Irq.MSIX, 0, 1, full)).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1)).isZero();
        assertThat(client.setIrqs(TRIGGER, Irq.MSIX, 0, 1)).isZero();
        assertThat(ClientKernel.await(full, 0)).isEqualTo(-2);
    }
}
