package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ObjectTableTest {
    @Test
    void numbers_goFromOneToTheLast_thenTheTablesErrno() {
        ObjectTable<String> table = new ObjectTable<>("thing", 4, Errno.ENOSPC);

        assertThat(List.of(table.reserve(), table.reserve(), table.reserve())).containsExactly(1, 2, 3);
        assertRefused(Errno.ENOSPC, table::reserve);
        assertThat(table.inUse()).isEqualTo(3);
        table.free(2);
        assertThat(table.reserve()).isEqualTo(2);
    }

    @Test
    void aWithdrawnNumber_findsNothing_andIsNotGivenOutBeforeItIsFreed() {
        ObjectTable<String> table = new ObjectTable<>("thing", 2, Errno.ENOSPC);
        int number = table.reserve();
        assertThat(table.find(number)).isNull();
        table.publish(number, "it");
        assertThat(table.find(number)).isEqualTo("it");

        table.withdraw(number);

        assertThat(table.find(number)).isNull();
        assertRefused(Errno.ENOSPC, table::reserve);
        table.free(number);
        assertThat(table.reserve()).isEqualTo(number);
    }

    @Property
    void find_ofAnyNumber_isWhatWasPublished(
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
