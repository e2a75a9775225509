package io.erdma.core.ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexAllocatorTest {
    /** The reference: the first free number from the last one given on, in a circle. */
    @Property(tries = 300)
    void allocator_givesTheNextFreeNumberInACircle(
            @ForAll long seed, @ForAll @IntRange(max = 5) int first, @ForAll @IntRange(max = 150) int more) {
        int last = first + more;
        Random random = new Random(seed);
        IndexAllocator allocator = new IndexAllocator(first, last);
        TreeSet<Integer> used = new TreeSet<>();
        int next = first;
        for (int i = 0; i < 600; i++) {
            int number = first + random.nextInt(more + 1);
            switch (random.nextInt(4)) {
                case 0 -> assertThat(allocator.reserve(number)).isEqualTo(used.add(number));
                case 1 -> {
                    if (used.remove(number)) {
                        allocator.free(number);
                    }
                }
                default -> {
                    OptionalInt expected = firstFree(used, next, first, last);
                    assertThat(allocator.allocate()).isEqualTo(expected);
                    if (expected.isPresent()) {
                        used.add(expected.getAsInt());
                        next = expected.getAsInt() == last ? first : expected.getAsInt() + 1;
                    }
                }
            }
            assertThat(allocator.inUse()).isEqualTo(used.size());
        }
    }

    private static OptionalInt firstFree(TreeSet<Integer> used, int next, int first, int last) {
        for (int i = 0; i <= last - first; i++) {
            int candidate = first + (next - first + i) % (last - first + 1);
            if (!used.contains(candidate)) {
                return OptionalInt.of(candidate);
            }
        }
        return OptionalInt.empty();
    }

    @Test
    void freedNumber_comesAgainOnlyAfterAWholeRound() {
        IndexAllocator allocator = new IndexAllocator(1, 3);
        assertThat(allocator.allocate()).hasValue(1);
        allocator.free(1);
        assertThat(allocator.allocate()).hasValue(2);
        assertThat(allocator.allocate()).hasValue(3);
        assertThat(allocator.allocate()).hasValue(1);
        assertThat(allocator.allocate()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({ "0", "4", "-1", "2147483647", "-2147483648" })
    void numbersOutOfRange_areNeitherReservedNorFreed(int index) {
        IndexAllocator allocator = new IndexAllocator(1, 3);
        assertThat(allocator.reserve(index)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> allocator.free(index))
                .withMessageContaining(Integer.toString(index));
    }

    @Test
    void free_ofAFreeNumber_isAnError() {
        IndexAllocator allocator = new IndexAllocator(0, 3);
        int number = allocator.allocate().orElseThrow();
        allocator.free(number);
        assertThatIllegalArgumentException().isThrownBy(() -> allocator.free(number));
        assertThat(allocator.inUse()).isZero();
    }

    @ParameterizedTest
    @CsvSource({ "-1,3", "3,2", "0,2147483647" })
    void badRange_isAnError(int first, int last) {
        assertThatIllegalArgumentException().isThrownBy(() -> new IndexAllocator(first, last));
    }
}
