package io.erdma.core.ids;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SparseArrayTest {
    @Property
    void find_ofAnyIndex_isWhatWasSet(
            @ForAll @IntRange(min = 2, max = 3000) int size, @ForAll List<@IntRange(min = 1, max = 2999) Integer> taken,
            @ForAll int any) {
        SparseArray<Integer> array = new SparseArray<>(size);
        Map<Integer, Integer> model = new HashMap<>();
        for (int index : taken) {
            if (index < size) {
                array.set(index, index);
                model.put(index, index);
            }
        }

        assertThat(array.find(any)).isEqualTo(model.get(any));
        assertThat(array.all()).containsExactlyElementsOf(model.keySet().stream().sorted().toList());
        for (int index = -1; index <= size; index++) {
            assertThat(array.find(index)).isEqualTo(model.get(index));
        }
    }
}
