package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class RingIndexTest {
    private static final int INDICES_16 = 1 << 16;

    @Example
    void slot_of16BitIndices_runsThroughTheRingInOrder_atEveryDepthAndAcrossTheOverflow() {
        for (int log2 = 0; log2 <= 15; log2++) {
            int depth = 1 << log2;
            int slot = 0;
            for (int step = 0; step < 2 * INDICES_16; step++) {
                int index = step & 0xFFFF;
                if (RingIndex.slot(index, depth) != slot || RingIndex.offset(index, depth, 5) != slot * 32L) {
                    assertThat(RingIndex.slot(index, depth)).as("depth %d, index %d", depth, index).isEqualTo(slot);
                    assertThat(RingIndex.offset(index, depth, 5)).as("depth %d, index %d", depth, index)
                            .isEqualTo(slot * 32L);
                }
                slot = slot == depth - 1 ? 0 : slot + 1;
            }
        }
    }

    /** A ring that is filled and drained in turns, by a producer and a consumer that share nothing but the owner bits. */
    @Example
    void valid_tellsProducedEntriesFromOldOnes_atEveryDepthAndAcrossTheOverflowOf16Bits() {
        for (int log2 = 0; log2 <= 15; log2++) {
            int depth = 1 << log2;
            int[] owner = new int[depth];
            int producer = 0;
            int consumer = 0;
            for (int burst = 0; producer < 3 * INDICES_16; burst++) {
                int count = 1 + burst % depth;
                for (int i = 0; i < count; i++, producer++) {
                    owner[RingIndex.slot(producer & 0xFFFF, depth)] = RingIndex.ownerBit(producer & 0xFFFF, depth);
                }
                int taken = 0;
                while (taken <= depth
                        && RingIndex.valid(owner[RingIndex.slot(consumer & 0xFFFF, depth)], consumer & 0xFFFF, depth)) {
                    taken++;
                    consumer++;
                }
                if (taken != count) {
                    assertThat(taken).as("depth %d, producer at %d", depth, producer).isEqualTo(count);
                }
            }
        }
    }

    @Example
    void ownerBit_isOneOnTheFirstLap_andFlipsEachLap() {
        assertThat(RingIndex.ownerBit(0, 4)).isEqualTo(1);
        assertThat(RingIndex.ownerBit(3, 4)).isEqualTo(1);
        assertThat(RingIndex.ownerBit(4, 4)).isZero();
        assertThat(RingIndex.ownerBit(7, 4)).isZero();
        assertThat(RingIndex.ownerBit(8, 4)).isEqualTo(1);
    }

    @Property
    void valid_of32BitIndices_isSoForTheLapsOwnBit_andNotForTheLapBefore(@ForAll int index,
            @ForAll("cqDepths") int depth) {
        int bit = RingIndex.ownerBit(index, depth);

        assertThat(RingIndex.valid(bit, index, depth)).isTrue();
        assertThat(RingIndex.valid(1 - bit, index, depth)).isFalse();
        assertThat(RingIndex.ownerBit(index - depth, depth)).isEqualTo(1 - bit);
    }

    @Example
    void valid_ofAZeroedRing_findsNothingOnTheFirstLap() {
        assertThat(RingIndex.valid(0, 0, 1)).isFalse();
        assertThat(RingIndex.valid(0, 4095, 4096)).isFalse();
        assertThat(RingIndex.valid(1, 0, 4096)).isTrue();
    }

    @Property
    void advance16_andDistance16_undoEachOther(@ForAll @IntRange(max = 65535) int index,
            @ForAll @IntRange(max = 65535) int count) {
        int advanced = RingIndex.advance16(index, count);

        assertThat(advanced).isBetween(0, 65535);
        assertThat(RingIndex.distance16(index, advanced)).isEqualTo(count);
        assertThat(RingIndex.advance16(advanced, -count)).isEqualTo(index);
    }

    @Property
    void room16_isWhatTheRingHasLeft_whereverTheIndicesStand(@ForAll @IntRange(max = 65535) int consumer,
            @ForAll @IntRange(max = 15) int log2, @ForAll @IntRange(max = 32768) int used) {
        int depth = 1 << log2;
        int held = Math.min(used, depth);

        assertThat(RingIndex.room16(RingIndex.advance16(consumer, held), consumer, depth)).isEqualTo(depth - held);
    }

    @Property
    void room16_ofIndicesFurtherApartThanTheDepth_isNegative(@ForAll @IntRange(max = 65535) int consumer,
            @ForAll @IntRange(max = 14) int log2, @ForAll @IntRange(min = 1, max = 32767) int excess) {
        int depth = 1 << log2;

        assertThat(RingIndex.room16(RingIndex.advance16(consumer, depth + excess), consumer, depth)).isEqualTo(-excess);
    }

    @Property
    void byteOffset_ofAnEntryThatWraps_goesOnAtTheStartOfTheRing(@ForAll @IntRange(max = 65535) int index,
            @ForAll @IntRange(min = 2, max = 15) int log2, @ForAll @IntRange(max = 127) int byteInSqe) {
        int depth = 1 << log2;
        int wqebb = RingIndex.slot(index + byteInSqe / 32, depth);

        assertThat(SqeHeader.byteOffset(index, byteInSqe, depth)).isEqualTo(wqebb * 32L + byteInSqe % 32);
    }

    @Provide
    Arbitrary<Integer> cqDepths() {
        return Arbitraries.integers().between(0, Limits.LOG2_CQES).map(log2 -> 1 << log2);
    }
}
