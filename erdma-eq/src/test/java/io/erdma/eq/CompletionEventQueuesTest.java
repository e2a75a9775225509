package io.erdma.eq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.testing.FakeFunction;
import io.erdma.core.testing.ManualExecutor;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.DestroyEq;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionEventQueuesTest {
    private final FakeFunction function = FakeFunction.create();
    private final Bar bar = function.pci().mapBar(0);
    private final DmaPool records = new DmaPool(function.pci(), 8);
    private final ManualExecutor interrupts = new ManualExecutor();
    private final InterruptVectors vectors = function.pci().allocateVectors(1, 4, interrupts);
    private final RecordingChannel commands = new RecordingChannel();
    private final List<Integer> told = new ArrayList<>();

    /** Executes commands by remembering them. */
    private static final class RecordingChannel implements CommandChannel {
        private final List<CommandOpcode> opcodes = new ArrayList<>();
        private final List<MemorySegment> bodies = new ArrayList<>();
        private Predicate<CommandOpcode> refuses = opcode -> false;

        @Override
        public CommandResponse execute(CommandOpcode opcode, CommandBody body) {
            MemorySegment slot = Arena.ofAuto().allocate(CommandHeader.COMMAND_BYTES, 8);
            body.write(slot, 0);
            opcodes.add(opcode);
            bodies.add(slot);
            if (refuses.test(opcode)) {
                throw new ErrnoException(Errno.EIO);
            }
            return CommandResponse.NONE;
        }
    }

    @AfterEach
    void nothingIsLeft() {
        vectors.close();
        records.close();
        bar.close();
        assertThat(function.ledger().outstanding()).isEmpty();
    }

    private CompletionEventQueues create() {
        return CompletionEventQueues.create(function.pci(), bar, records, commands, vectors, told::add);
    }

    private DeviceSideRing deviceRing(int eqn) {
        return new DeviceSideRing(function, CreateEq.ringAddress(commands.bodies.get(eqn - 1), 0), 4096);
    }

    @Test
    void create_makesOneQueueForEachVectorButTheFirst() {
        try (CompletionEventQueues queues = create()) {
            assertThat(queues.count()).isEqualTo(3);
            assertThat(commands.opcodes).containsOnly(CommandOpcode.CREATE_EQ).hasSize(3);
            for (int eqn = 1; eqn <= 3; eqn++) {
                MemorySegment body = commands.bodies.get(eqn - 1);
                assertThat(CreateEq.eqn(body, 0)).isEqualTo(eqn);
                assertThat(CreateEq.vector(body, 0)).isEqualTo(eqn);
                assertThat(CreateEq.log2Depth(body, 0)).isEqualTo(12);
                assertThat(CreateEq.type(body, 0)).isEqualTo(CreateEq.TYPE_CEQ);
                assertThat(function.reaches(CreateEq.ringAddress(body, 0), 4096 * 16)).isTrue();
                assertThat(function.reaches(CreateEq.doorbellRecord(body, 0), 8)).isTrue();
                assertThat(function.isMasked(eqn)).isFalse();
            }
        }
    }

    @Test
    void close_destroysTheLastFirst_andMasksTheVectors() {
        CompletionEventQueues queues = create();
        queues.close();
        queues.close();
        assertThat(commands.opcodes.subList(3, 6)).containsOnly(CommandOpcode.DESTROY_EQ);
        assertThat(commands.bodies.subList(3, 6)).extracting(body -> DestroyEq.eqn(body, 0)).containsExactly(3, 2, 1);
        assertThat(function.isMasked(1)).isTrue();
        assertThat(commands.opcodes).hasSize(6);
    }

    @Test
    void interrupt_tellsTheCqns_andArmsAgain() {
        try (CompletionEventQueues queues = create()) {
            DeviceSideRing device = deviceRing(2);
            device.completion(17);
            device.completion(0xFFFFF);
            function.raise(2);
            assertThat(interrupts.runAll()).isEqualTo(1);
            assertThat(told).containsExactly(17, 0xFFFFF);
            assertThat(function.writesTo(Registers.ceqDoorbell(2))).containsExactly(EqDoorbell.compose(true, 2));
            assertThat(queues.states().get(1).interrupts()).isEqualTo(1);
        }
    }

    @Test
    void interrupt_takesSixteenAtMost_andRingsEvenWithoutAny() {
        try (CompletionEventQueues queues = create()) {
            DeviceSideRing device = deviceRing(1);
            for (int n = 0; n < 17; n++) {
                device.completion(n);
            }
            for (int n = 0; n < 3; n++) {
                function.raise(1);
                interrupts.runAll();
            }
            assertThat(told).hasSize(17);
            assertThat(function.writesTo(Registers.ceqDoorbell(1))).containsExactly(
                    EqDoorbell.compose(true, 16), EqDoorbell.compose(true, 17), EqDoorbell.compose(true, 17));
            assertThat(queues.states().getFirst().events()).isEqualTo(17);
        }
    }

    @Test
    void create_whenTheDeviceRefusesOne_destroysTheOthersAndHoldsNothing() {
        commands.refuses = opcode -> opcode == CommandOpcode.CREATE_EQ && commands.opcodes.size() == 3;
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::create)
                .extracting(ErrnoException::errno).isEqualTo(Errno.EIO);
        assertThat(commands.opcodes.subList(3, 5)).containsOnly(CommandOpcode.DESTROY_EQ);
        assertThat(commands.bodies.subList(3, 5)).extracting(body -> DestroyEq.eqn(body, 0)).containsExactly(2, 1);
    }

    @Test
    void create_whenTheVectorIsTaken_destroysTheQueueInTheDevice() {
        vectors.bind(1, () -> {});
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(this::create)
                .extracting(ErrnoException::errno).isEqualTo(Errno.EBUSY);
        assertThat(commands.opcodes).containsExactly(CommandOpcode.CREATE_EQ, CommandOpcode.DESTROY_EQ);
    }

    /** Defect 5 of driver-behaviour §8. */
    @Test
    void close_whenDestroyEqFails_freesRingAndRecordAllTheSame() {
        CompletionEventQueues queues = create();
        commands.refuses = opcode -> opcode == CommandOpcode.DESTROY_EQ;
        queues.close();
        assertThat(records.inUse()).isZero();
        assertThat(function.reaches(CreateEq.ringAddress(commands.bodies.getFirst(), 0), 1)).isFalse();
    }
}
