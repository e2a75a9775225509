package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WcStatus;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.StatCounter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every number that is not a field of a descriptor, against tables typed from the data sheet. */
class FiguresTest {
    @Test
    void publicConstants_areThoseOfTheDataSheet_noneMissing() throws IllegalAccessException {
        Map<String, Long> expected = new TreeMap<>();
        Figures.rows("constants.tsv")
                .forEach(row -> expected.put(row.get(0) + "." + row.get(1), Vector.number(row.get(2))));
        Map<String, Long> actual = new TreeMap<>();
        for (Class<?> type : Descriptor.publicTypes()) {
            for (Field field : type.getDeclaredFields()) {
                boolean number = field.getType() == int.class || field.getType() == long.class;
                if (number && !field.isSynthetic() && Modifier.isStatic(field.getModifiers())
                        && Modifier.isPublic(field.getModifiers())) {
                    actual.put(type.getSimpleName() + "." + field.getName(), field.getLong(null));
                }
            }
        }

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void commandOpcodes_areThoseOfTheDataSheet() {
        Map<String, String> expected = Figures.rows("commands.tsv").stream()
                .collect(Collectors.toMap(row -> row.get(0), row -> row.get(1) + "." + row.get(2)));
        Map<String, String> actual = Arrays.stream(CommandOpcode.values())
                .collect(Collectors.toMap(Enum::name, c -> c.subModule() + "." + c.opcode()));

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void commandOpcode_isFoundByItsNumbers_andNoOtherNumbersAre() {
        int found = 0;
        for (int subModule = 0; subModule < 4; subModule++) {
            for (int opcode = 0; opcode < 256; opcode++) {
                Optional<CommandOpcode> command = CommandOpcode.of(subModule, opcode);
                if (command.isPresent()) {
                    found++;
                    assertThat(command.get().subModule()).isEqualTo(subModule);
                    assertThat(command.get().opcode()).isEqualTo(opcode);
                }
            }
        }

        assertThat(found).isEqualTo(CommandOpcode.values().length);
    }

    @Test
    void syndromes_haveTheStatusAndVendorErrorOfTheDataSheet() {
        for (var row : Figures.rows("syndromes.tsv")) {
            int syndrome = (int) Vector.number(row.get(0));

            assertThat(Syndrome.status(syndrome)).as("syndrome %d", syndrome).isEqualTo(WcStatus.valueOf(row.get(1)));
            assertThat(Syndrome.vendorError(syndrome)).as("syndrome %d", syndrome)
                    .isEqualTo((int) Vector.number(row.get(2)));
        }
    }

    @Test
    void completionOpcodes_meanWhatTheDataSheetSays_andOthersAreSends() {
        Map<Long, WcOpcode> expected = Figures.rows("completions.tsv").stream()
                .collect(Collectors.toMap(row -> Vector.number(row.get(0)), row -> WcOpcode.valueOf(row.get(1))));

        for (long opcode = -1; opcode <= 256; opcode++) {
            assertThat(CqeOpcode.toVerbs((int) opcode)).as("opcode %d", opcode)
                    .isEqualTo(expected.getOrDefault(opcode, WcOpcode.SEND));
        }
    }

    @Test
    void counters_haveTheUserNamesOfTheDataSheet_inItsOrder() {
        assertThat(StatCounter.values()).extracting(StatCounter::userName)
                .containsExactlyElementsOf(Figures.rows("counters.tsv").stream().map(row -> row.get(1)).toList());
    }

    @Test
    void registers_ofTheEqDoorbells_areEightBytesApart() {
        assertThat(Registers.ceqDoorbell(0)).isEqualTo(0x100);
        assertThat(Registers.ceqDoorbell(1)).isEqualTo(0x108);
        assertThat(Registers.ceqDoorbell(31)).isEqualTo(0x1F8);
    }

    @Test
    void doorbells_ofUserQueues_lieInTheirPageByTheLowBitsOfTheNumber() {
        assertThat(DoorbellSpace.sqInPage(0x1F)).isEqualTo(31 * 128);
        assertThat(DoorbellSpace.sqInPage(0x20)).isZero();
        assertThat(DoorbellSpace.sqInPage(0xFFFE3)).isEqualTo(3 * 128);
        assertThat(DoorbellSpace.rqInPage(0x7F)).isEqualTo(127 * 32);
        assertThat(DoorbellSpace.rqInPage(0x80)).isZero();
        assertThat(DoorbellSpace.rqInPage(0xFFF85)).isEqualTo(5 * 32);
        assertThat(DoorbellSpace.cqInPage(0x1FF)).isEqualTo(511 * 8);
        assertThat(DoorbellSpace.cqInPage(0x200)).isZero();
        assertThat(DoorbellSpace.cqInPage(0xFFE07)).isEqualTo(7 * 8);
    }

    @Test
    void protocol_ofAnyRegisterValueButZero_isRoce() {
        assertThat(DeviceProtocol.of(0)).isEqualTo(DeviceProtocol.IWARP);
        assertThat(DeviceProtocol.of(1)).isEqualTo(DeviceProtocol.ROCE_V2);
        assertThat(DeviceProtocol.of(-1)).isEqualTo(DeviceProtocol.ROCE_V2);
        assertThat(DeviceProtocol.IWARP.number()).isZero();
        assertThat(DeviceProtocol.ROCE_V2.number()).isEqualTo(1);
    }
}
