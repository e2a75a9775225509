package io.erdma.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.QueryDeviceResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.InOrder;

class BringUpTest {
    private static final long MAC = 0x0016_3E00_0001L;
    private static final long RESET = Registers.DEV_CTRL_RESET;
    private static final long INIT = Registers.DEV_CTRL_INIT;

    private final LeakLedger ledger = new LeakLedger();
    private final ManualClock clock = new ManualClock();
    private final ScriptedCard card = new ScriptedCard(ledger, MAC);
    private final HostServices services = new HostServices(clock, new ManualWorkQueue(clock),
            new ManualWorkQueue(clock), Runnable::run);

    private Adapter bringUp() { return bringUp(card.function.pci()); }

    private Adapter bringUp(PciFunction function) { return BringUp.run(function, services, 3, () -> {}); }

    private void assertFails(Errno errno, PciFunction function) {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> bringUp(function))
                .extracting(ErrnoException::errno).isEqualTo(errno);
        assertThat(ledger.outstanding()).isEmpty();
    }

    private void assertFails(Errno errno) { assertFails(errno, card.function.pci()); }

    private void assertWorksAgain() {
        bringUp().close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void bringUp_followsTheDataSheet_andRemovalUndoesAll() {
        Adapter adapter = bringUp();
        assertThat(card.commands).containsExactly(
                CommandOpcode.CREATE_EQ, CommandOpcode.CREATE_EQ, CommandOpcode.QUERY_DEVICE,
                CommandOpcode.QUERY_FW_INFO);
        assertThat(adapter.peerAddress().bits()).isEqualTo(MAC);
        assertThat(adapter.state().completionEvents()).hasSize(2);
        assertThat(adapter.isBound()).isFalse();
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT);
        adapter.close();
        adapter.close();
        assertThat(card.commands.subList(4, 6)).containsOnly(CommandOpcode.DESTROY_EQ);
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void bringUp_writesNoDoorbellOfAnEventQueue() {
        bringUp().close();
        assertThat(card.function.writesTo(Registers.AEQ_DB)).isEmpty();
        assertThat(card.function.writesTo(Registers.ceqDoorbell(1))).isEmpty();
        assertThat(card.function.writesTo(Registers.CMDQ_CQDB)).hasSize(1);
    }

    @Test
    void bringUp_setsThePageSize_onlyWithExtendedDoorbells() {
        card.capabilities(QueryDeviceResponse.CAP_EXTENDED_DOORBELL);
        bringUp().close();
        assertThat(card.commands).contains(CommandOpcode.CONF_DEVICE);
    }

    @Test
    void removedFunction_canBeBroughtUpAgain() {
        for (int n = 0; n < 3; n++) {
            bringUp().close();
        }
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET, INIT, RESET, INIT, RESET);
        assertThat(ledger.outstanding()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = FaultPoint.class,
            names = { "HAL_ENABLE", "HAL_MAP_BAR", "HAL_DMA_MASK", "HAL_ALLOCATE", "HAL_VECTORS", "HAL_BIND_VECTOR" })
    void hostThatRefusesAnyStep_leavesNothingBehind_andTheNextTryWorks(FaultPoint point) {
        int failures = 0;
        for (int skip = 0;; skip++, failures++) {
            FaultPlan plan = new FaultPlan();
            plan.add(point, FaultPlan.ANY, skip, 1, new FaultAction.Fail(Errno.ENOMEM));
            FaultyFunction faulty = new FaultyFunction(card.function.pci(), plan);
            try {
                bringUp(faulty).close();
                break;
            } catch (ErrnoException e) {
                assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
                assertThat(ledger.outstanding()).isEmpty();
            }
        }
        assertThat(failures).isPositive();
        assertWorksAgain();
    }

    @ParameterizedTest
    @EnumSource(value = CommandOpcode.class, names = { "CREATE_EQ", "QUERY_DEVICE", "QUERY_FW_INFO", "CONF_DEVICE" })
    void refusedCommand_isEio_andLeavesTheFunctionReset(CommandOpcode opcode) {
        card.capabilities(QueryDeviceResponse.CAP_EXTENDED_DOORBELL);
        card.refuses.add(opcode);
        assertFails(Errno.EIO);
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
        card.refuses.clear();
        assertWorksAgain();
    }

    @ParameterizedTest
    @EnumSource(value = CommandOpcode.class, names = { "CREATE_EQ", "QUERY_DEVICE", "QUERY_FW_INFO" })
    void unansweredCommand_isEtime_andLeavesTheFunctionReset(CommandOpcode opcode) {
        card.ignores.add(opcode);
        assertFails(Errno.ETIME);
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
        card.ignores.clear();
        assertWorksAgain();
    }

    /** Defect 5 of driver-behaviour §8. */
    @Test
    void removal_whenDestroyEqFails_freesEverything() {
        Adapter adapter = bringUp();
        card.refuses.add(CommandOpcode.DESTROY_EQ);
        adapter.close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    /** Defect 13 of driver-behaviour §8. */
    @Test
    void initThatTimesOut_isEtimedoutAfterTenSeconds_andTheFunctionIsResetBeforeTheQueuesAreFreed() {
        card.comesUp = false;
        card.function.onWrite(Registers.DEV_CTRL, value -> {
            if (value == RESET) {
                long address = card.function.get32(Registers.AEQ_ADDR_L) & 0xFFFF_FFFFL
                        | (long) card.function.get32(Registers.AEQ_ADDR_H) << 32;
                assertThat(card.function.reaches(address, 4096 * 16)).isTrue();
            }
        });
        assertFails(Errno.ETIMEDOUT);
        assertThat(Duration.ofNanos(clock.nanoTime())).isEqualTo(Duration.ofSeconds(10));
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
    }

    @Test
    void errorInAStep_isPassedOn_andLeavesTheFunctionResetAndNothingBehind() {
        AtomicBoolean once = new AtomicBoolean(true);
        card.function.onWrite(Registers.DEV_CTRL, value -> {
            if (value == INIT && once.getAndSet(false)) {
                throw new OutOfMemoryError("a test's");
            }
        });
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(this::bringUp);
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -1 })
    void functionThatDoesNotWork_isEnodev_andIsNotTouched(int version) {
        card.function.set32(Registers.VERSION, version);
        assertFails(Errno.ENODEV);
        assertThat(card.function.writes()).isEmpty();
    }

    @Test
    void functionThatVanishesDuringInit_isEnodev() {
        card.function.answers(Registers.DEV_ST, 0, 0, -1);
        assertFails(Errno.ENODEV);
        assertThat(card.function.writesTo(Registers.DEV_CTRL)).containsExactly(INIT, RESET);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 4, 7, 13 })
    void functionWithOtherBarsThan0And2_isEinval_andIsNotMapped(int bars) {
        PciFunction function = mock(PciFunction.class);
        when(function.memoryBars()).thenReturn(bars);
        when(function.identity()).thenReturn(card.function.pci().identity());

        assertFails(Errno.EINVAL, function);

        InOrder order = inOrder(function);
        order.verify(function).enable();
        order.verify(function).disable();
        verify(function, never()).mapBar(anyInt());
    }

    @Test
    void undoThatFails_keepsNoOtherFromBeingUndone() {
        List<String> undone = new ArrayList<>();
        UndoStack undo = new UndoStack();
        undo.push(() -> undone.add("first"));
        undo.push(() -> {
            undone.add("second");
            throw new IllegalStateException("it cannot be undone");
        });
        undo.push(() -> undone.add("third"));

        undo.unwind();
        undo.unwind();

        assertThat(undone).containsExactly("third", "second", "first");
    }

    @Test
    void roceFunction_isEopnotsupp() {
        card.function.set32(Registers.DEV_PROTO, 1);
        assertFails(Errno.EOPNOTSUPP);
    }

    /** Defect 6 of driver-behaviour §8. */
    @Test
    void attributesOutOfRange_areEinval() {
        card.responses.put(CommandOpcode.QUERY_DEVICE,
                QueryDeviceResponse.compose(0, 20, 0, 15, 0, 40, 0xFFFFFF00, 7, 1, 0));
        assertFails(Errno.EINVAL);
    }

    @Test
    void oneVector_willDo_butGivesNoCompletionVectors() {
        Adapter adapter = BringUp.run(card.function.pci(), services, 1, () -> {});
        assertThat(adapter.state().completionEvents()).isEmpty();
        adapter.close();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void functionThatIsInUse_isEbusy() {
        Adapter adapter = bringUp();
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::bringUp)
                .extracting(ErrnoException::errno).isEqualTo(Errno.EBUSY);
        adapter.close();
        assertThat(ledger.outstanding()).isEmpty();
    }
}
