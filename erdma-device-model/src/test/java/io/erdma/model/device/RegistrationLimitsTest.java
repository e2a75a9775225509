package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Limits;
import io.erdma.hw.Mtt;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.spec.FunctionSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** REG_MR and DEREG_MR, each field at its limit and beyond it. What is refused leaves the index free. */
class RegistrationLimitsTest {
    private static final long PAGE = 4096;
    private static final long VA = 0x5555_0000_0000L;
    private static final int INDEX = 40;
    private static final long END = HostMemoryArea.BASE + TestHost.MEMORY_BYTES;
    private static final FunctionSpec SPEC = FunctionSpec.builder().maxMrSizeLog2(20).build();

    private final TestCard card = new TestCard();
    private final TestHost host = card.host(SPEC);
    private final long pages = host.memory.take(2 << 20, PAGE);
    /** A table of four entries, aligned to 8 only. */
    private final long table = host.memory.take(64, 64) + 8;

    RegistrationLimitsTest() {
        for (int i = 0; i < 4; i++) {
            Mtt.setEntry(host.all(), HostMemoryArea.at(table), i, pages + i * PAGE);
        }
    }

    @AfterEach
    void close() {
        card.close();
    }

    /** Two pages at level 0, but for what is changed. */
    private int normal(CommandBody change) {
        return host.command(CommandOpcode.REG_MR, (slot, offset) -> {
            RegMr.setMptIndex(slot, offset, INDEX);
            RegMr.setKey(slot, offset, 7);
            RegMr.setValid(slot, offset, true);
            RegMr.setPd(slot, offset, TestHost.PD);
            RegMr.setRights(slot, offset, 0x1F);
            RegMr.setStartAddress(slot, offset, VA);
            RegMr.setLengthLow(slot, offset, 2 * PAGE);
            RegMr.setPageShift(slot, offset, 12);
            RegMr.setMttEntriesLow(slot, offset, 2);
            RegMr.setPage(slot, offset, 0, pages);
            RegMr.setPage(slot, offset, 1, pages + PAGE);
            change.write(slot, offset);
        });
    }

    /** Sixteen pages to be named by work requests, but for what is changed. */
    private int fast(CommandBody change) {
        return host.command(CommandOpcode.REG_MR, (slot, offset) -> {
            RegMr.setMptIndex(slot, offset, INDEX);
            RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
            RegMr.setPd(slot, offset, TestHost.PD);
            RegMr.setRights(slot, offset, 0x1F);
            RegMr.setPageShift(slot, offset, 12);
            RegMr.setMttLevel(slot, offset, 1);
            RegMr.setMttEntriesLow(slot, offset, 16);
            RegMr.setTableAddress(slot, offset, table);
            change.write(slot, offset);
        });
    }

    private int deregister(int index) {
        return host.command(CommandOpcode.DEREG_MR, (slot, offset) -> DeregMr.setMptIndex(slot, offset, index));
    }

    private void taken(CommandBody change) {
        assertThat(normal(change)).isZero();
        assertThat(deregister(INDEX)).isZero();
    }

    private void refused(CommandBody change) {
        assertThat(normal(change)).isNotZero();
        assertThat(deregister(INDEX)).isNotZero();
    }

    private void fastTaken(CommandBody change) {
        assertThat(fast(change)).isZero();
        assertThat(deregister(INDEX)).isZero();
    }

    private void fastRefused(CommandBody change) {
        assertThat(fast(change)).isNotZero();
        assertThat(deregister(INDEX)).isNotZero();
    }

    /** Pages, all in one run, of which the command names the first four. */
    private CommandBody run(long start, long length, int shift, int entries, long first) {
        return (slot, offset) -> {
            RegMr.setStartAddress(slot, offset, start);
            RegMr.setLengthLow(slot, offset, length);
            RegMr.setPageShift(slot, offset, shift);
            RegMr.setMttEntriesLow(slot, offset, entries);
            for (int i = 0; i < Math.min(entries, Mtt.INLINE_ENTRIES); i++) {
                RegMr.setPage(slot, offset, i, first + ((long) i << shift));
            }
        };
    }

    @Test
    void index_isBelowTheNumberOfRegions_andFree() {
        int end = SPEC.maxMrs();
        assertThat(normal((slot, offset) -> RegMr.setMptIndex(slot, offset, end - 1))).isZero();
        assertThat(normal((slot, offset) -> RegMr.setMptIndex(slot, offset, end - 1))).isNotZero();
        assertThat(deregister(end - 1)).isZero();
        assertThat(deregister(end - 1)).isNotZero();
        assertThat(normal((slot, offset) -> RegMr.setMptIndex(slot, offset, end))).isNotZero();
        assertThat(deregister(end)).isNotZero();
    }

    @Test
    void pd_isBelowTheirNumber() {
        taken((slot, offset) -> RegMr.setPd(slot, offset, Limits.PDS - 1));
        refused((slot, offset) -> RegMr.setPd(slot, offset, Limits.PDS));
    }

    @Test
    void typeAndVersion_areKnownOnes() {
        refused((slot, offset) -> RegMr.setType(slot, offset, 3));
        refused((slot, offset) -> RegMr.setValid(slot, offset, false));
        taken((slot, offset) -> RegMr.setVersion(slot, offset, RegMr.VERSION_WIDE));
        refused((slot, offset) -> RegMr.setVersion(slot, offset, RegMr.VERSION_WIDE + 1));
    }

    @Test
    void pageSize_isFrom4KiBTo1GiB() {
        taken(run(VA, 3 * 4096, 12, 3, pages));
        refused(run(VA, 3 * 2048, 11, 3, pages));
        taken(run(0x40_0000_0000L, 4096, 30, 1, pages));
        refused(run(0x80_0000_0000L, 4096, 31, 1, pages));
    }

    @Test
    void length_isWhatTheCardAllows_andDoesNotWrap() {
        taken(run(VA, 1 << 20, 19, 2, pages));
        refused(run(VA, (1 << 20) + 1, 19, 3, pages));
        refused(run(VA + 1, 0, 12, 1, pages));
        taken(run(VA + 1, 1, 12, 1, pages));
        taken(run(-2 * PAGE, 2 * PAGE, 12, 2, pages));
        refused(run(1 - 2 * PAGE, 2 * PAGE, 12, 3, pages));
    }

    @Test
    void entries_areWhatTheLengthNeeds() {
        refused(run(VA, 2 * PAGE, 12, 1, pages));
        refused(run(VA, 2 * PAGE, 12, 3, pages));
        taken(run(VA + 1, 2 * PAGE, 12, 3, pages));
        taken(run(VA + PAGE - 1, 2, 12, 2, pages));
        taken(run(VA, Mtt.INLINE_ENTRIES * PAGE, 12, Mtt.INLINE_ENTRIES, pages));
        refused(run(VA, (Mtt.INLINE_ENTRIES + 1) * PAGE, 12, Mtt.INLINE_ENTRIES + 1, pages));
    }

    @Test
    void tableOfSeveralLevels_hasPagesOf4KiB() {
        CommandBody oneLevel = (slot, offset) -> {
            RegMr.setMttLevel(slot, offset, 1);
            RegMr.setTableAddress(slot, offset, table);
        };
        taken(oneLevel);
        taken((slot, offset) -> {
            oneLevel.write(slot, offset);
            RegMr.setMttPageShift(slot, offset, 13); // means nothing at level 1
        });
        long upper = host.memory.take(8, 8);
        long lower = host.memory.take(PAGE, PAGE);
        Mtt.setEntry(host.all(), HostMemoryArea.at(upper), 0, lower);
        Mtt.setEntry(host.all(), HostMemoryArea.at(lower), 0, pages);
        Mtt.setEntry(host.all(), HostMemoryArea.at(lower), 1, pages + PAGE);
        CommandBody twoLevels = (slot, offset) -> {
            RegMr.setMttLevel(slot, offset, 2);
            RegMr.setTableAddress(slot, offset, upper);
            RegMr.setMttPageShift(slot, offset, 12);
        };
        taken(twoLevels);
        refused((slot, offset) -> {
            twoLevels.write(slot, offset);
            RegMr.setMttPageShift(slot, offset, 13);
        });
        refused((slot, offset) -> {
            oneLevel.write(slot, offset);
            RegMr.setTableAddress(slot, offset, table + 4);
        });
    }

    @Test
    void onlyTheBytesThatTheRegionCovers_areLookedFor() {
        taken(run(VA + 96, PAGE - 96, 12, 1, HostMemoryArea.BASE - 96));
        refused(run(VA + 96, PAGE - 96, 12, 1, HostMemoryArea.BASE - 97));
        taken(run(VA, PAGE + 100, 12, 2, END - PAGE - 100));
        refused(run(VA, PAGE + 101, 12, 2, END - PAGE - 100));
        refused((slot, offset) -> RegMr.setPage(slot, offset, 1, 64));
    }

    @Test
    void fastRegisterRegion_hasOneTableOfItsOwn_andIsNotValidYet() {
        fastTaken((slot, offset) -> {});
        fastRefused((slot, offset) -> RegMr.setValid(slot, offset, true));
        fastRefused((slot, offset) -> RegMr.setPageShift(slot, offset, 13));
        fastRefused((slot, offset) -> RegMr.setMttLevel(slot, offset, 0));
        fastRefused((slot, offset) -> RegMr.setMttLevel(slot, offset, 2));
        fastRefused((slot, offset) -> RegMr.setMttEntriesLow(slot, offset, 0));
        fastTaken((slot, offset) -> RegMr.setMttEntriesLow(slot, offset, 1));
        fastRefused((slot, offset) -> RegMr.setTableAddress(slot, offset, table + 4));
        fastTaken((slot, offset) -> RegMr.setTableAddress(slot, offset, END - 16 * 8));
        fastRefused((slot, offset) -> RegMr.setTableAddress(slot, offset, END - 15 * 8));
        CommandBody largest = (slot, offset) -> {
            RegMr.setMttEntriesLow(slot, offset, Limits.FAST_REGISTER_MAX_ENTRIES);
            RegMr.setTableAddress(slot, offset, HostMemoryArea.BASE);
        };
        fastTaken(largest);
        fastRefused((slot, offset) -> {
            largest.write(slot, offset);
            RegMr.setMttEntriesLow(slot, offset, Limits.FAST_REGISTER_MAX_ENTRIES + 1);
        });
    }

    @Test
    void allRegionsTogether_keepNoMoreThan16MiPageAddresses() {
        for (int i = 0; i < 32; i++) {
            assertThat(largest(INDEX + i)).isZero();
        }
        assertThat(fast((slot, offset) -> {
            RegMr.setMptIndex(slot, offset, 10);
            RegMr.setMttEntriesLow(slot, offset, 1);
        })).isNotZero();
        CommandBody scattered = (slot, offset) -> {
            RegMr.setMptIndex(slot, offset, 11);
            RegMr.setPage(slot, offset, 0, pages + 2 * PAGE);
        };
        assertThat(normal(scattered)).isNotZero();

        assertThat(deregister(INDEX)).isZero();

        assertThat(normal(scattered)).isZero();
        assertThat(largest(INDEX)).isNotZero(); // two addresses less are left
        assertThat(deregister(11)).isZero();
        assertThat(largest(INDEX)).isZero();
    }

    private int largest(int index) {
        return fast((slot, offset) -> {
            RegMr.setMptIndex(slot, offset, index);
            RegMr.setMttEntriesLow(slot, offset, Limits.FAST_REGISTER_MAX_ENTRIES);
            RegMr.setTableAddress(slot, offset, HostMemoryArea.BASE);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 0xFF })
    void anyKey_isTaken(int key) {
        taken((slot, offset) -> RegMr.setKey(slot, offset, key));
    }
}
