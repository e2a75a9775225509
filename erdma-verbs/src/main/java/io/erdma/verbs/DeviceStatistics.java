package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.DmaPool;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.hw.cmd.StatsBlock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The device's counters at one moment (kernel: {@code erdma_get_hw_stats}).
 *
 * @param counters every counter, unsigned, in the device's order
 */
public record DeviceStatistics(Map<StatCounter, Long> counters) {
    /** One counter, unsigned. */
    public long get(StatCounter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    /** One GET_STATS; EINVAL if what the device wrote does not begin with the magic. */
    static DeviceStatistics query(CommandChannel commands, DmaPool responses) {
        try (DmaMemory block = responses.allocate()) {
            commands.execute(CommandOpcode.GET_STATS, (slot, at) -> {
                GetStats.setTargetAddress(slot, at, block.deviceAddress());
                GetStats.setTargetLength(slot, at, GetStats.TARGET_BYTES);
            });
            int magic = StatsBlock.magic(block.segment(), 0);
            if (magic != StatsBlock.MAGIC) {
                throw new ErrnoException(Errno.EINVAL,
                        "the device's statistics begin with 0x%x, not 0x%x".formatted(magic, StatsBlock.MAGIC));
            }
            Map<StatCounter, Long> counters = new LinkedHashMap<>();
            for (StatCounter counter : StatCounter.values()) {
                counters.put(counter, StatsBlock.counter(block.segment(), 0, counter));
            }
            return new DeviceStatistics(Collections.unmodifiableMap(counters));
        }
    }
}
