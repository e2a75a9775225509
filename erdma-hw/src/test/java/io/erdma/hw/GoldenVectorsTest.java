package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every descriptor against bytes that were laid out by hand from the data sheet. */
class GoldenVectorsTest {
    private static final Map<String, Descriptor> DESCRIPTORS = Descriptor.all();
    private static final List<Vector> VECTORS = Vector.all();

    static List<Vector> vectors() {
        return VECTORS;
    }

    static List<Vector> onesOfCommandFields() {
        return VECTORS.stream().filter(Vector::isOnes).filter(v -> DESCRIPTORS.get(v.descriptor()).isCommand())
                .filter(GoldenVectorsTest::canOverflow).toList();
    }

    static Set<String> descriptors() {
        return DESCRIPTORS.keySet();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void encodedFields_areTheVectorsBytes(Vector vector) {
        Descriptor descriptor = DESCRIPTORS.get(vector.descriptor());

        assertThat(descriptor.encode(vector.set(), vector.bytes().length, false)).isEqualTo(vector.bytes());
        assertThat(descriptor.encode(vector.set(), vector.bytes().length, true)).isEqualTo(vector.bytes());
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void decodedBytes_areTheVectorsFields_andAllOthersAreAsInAZeroedDescriptor(Vector vector) {
        Descriptor descriptor = DESCRIPTORS.get(vector.descriptor());
        Map<String, Long> expected = descriptor.decode(new byte[vector.bytes().length]);
        expected.putAll(vector.expected());

        assertThat(descriptor.decode(vector.bytes())).isEqualTo(expected);
    }

    @Test
    void everyDescriptor_hasVectors_andEveryVectorADescriptor() {
        Set<String> named = new LinkedHashSet<>();
        VECTORS.forEach(vector -> named.add(vector.descriptor()));

        assertThat(named).containsExactlyInAnyOrderElementsOf(DESCRIPTORS.keySet());
    }

    @ParameterizedTest
    @MethodSource("descriptors")
    void everyFieldThatCanBeSet_hasAVectorOfOnesAndAnAsymmetricOne(String name) {
        Descriptor descriptor = DESCRIPTORS.get(name);
        Set<String> ones = new LinkedHashSet<>();
        Set<String> asymmetric = new LinkedHashSet<>();
        for (Vector vector : VECTORS) {
            if (vector.descriptor().equals(name)) {
                Set<String> fields = vector.isOnes()
                        ? ones
                        : vector.isAsymmetric() ? asymmetric : new LinkedHashSet<>();
                vector.set().keySet().forEach(field -> fields.add(withoutIndex(field)));
            }
        }

        assertThat(ones).containsExactlyInAnyOrderElementsOf(descriptor.encodableFields());
        assertThat(asymmetric).containsExactlyInAnyOrderElementsOf(descriptor.encodableFields());
    }

    @ParameterizedTest
    @MethodSource("descriptors")
    void everyField_isNotZeroInSomeVector(String name) {
        Descriptor descriptor = DESCRIPTORS.get(name);
        Set<String> shown = new LinkedHashSet<>();
        for (Vector vector : VECTORS) {
            if (vector.descriptor().equals(name)) {
                vector.expected().forEach((field, value) -> {
                    if (value != 0) {
                        shown.add(withoutIndex(field));
                    }
                });
            }
        }

        assertThat(shown).containsExactlyInAnyOrderElementsOf(descriptor.fields());
    }

    @ParameterizedTest
    @MethodSource("onesOfCommandFields")
    void setter_ofACommand_refusesOneMoreThanFits_withEinval_andChangesNothing(Vector ones) {
        Map.Entry<String, Long> field = ones.set().entrySet().iterator().next();
        MemorySegment slot = MemorySegment.ofArray(new long[16]).fill((byte) 0x5A);

        assertThatThrownBy(() -> DESCRIPTORS.get(ones.descriptor()).set(slot, field.getKey(), field.getValue() + 1))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                .hasMessageContaining("value " + (field.getValue() + 1));
        assertThat(slot.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x5A);
    }

    @Test
    void setter_leavesTheOtherFieldsOfItsWordAlone() {
        Map<String, Long> ones = new LinkedHashMap<>();
        for (Vector vector : VECTORS) {
            if (vector.isOnes() && vector.descriptor().equals("CreateQp")) {
                ones.putAll(vector.set());
            }
        }
        Descriptor descriptor = DESCRIPTORS.get("CreateQp");
        byte[] full = descriptor.encode(ones, 120, false);

        assertThat(descriptor.decode(full)).isEqualTo(ones);
    }

    private static boolean canOverflow(Vector vector) {
        Descriptor descriptor = DESCRIPTORS.get(vector.descriptor());
        Map.Entry<String, Long> field = vector.set().entrySet().iterator().next();
        return descriptor.canOverflow(field.getKey(), field.getValue());
    }

    private static String withoutIndex(String field) {
        int bracket = field.indexOf('[');
        return bracket < 0 ? field : field.substring(0, bracket);
    }
}
