package io.erdma.verbs.memory;

import io.erdma.core.hal.DmaMapping;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A mapping whose runs a test lays out; there is no memory behind it. */
public final class RunsMapping implements DmaMapping {
    private final List<long[]> runs = new ArrayList<>();

    /** One more run. */
    public RunsMapping run(long address, long bytes) {
        runs.add(new long[]{ address, bytes });
        return this;
    }

    /** The device address of byte {@code position} of the memory, as the runs themselves say. */
    long addressOf(long position) {
        long left = position;
        for (long[] run : runs) {
            if (left < run[1]) {
                return run[0] + left;
            }
            left -= run[1];
        }
        throw new AssertionError("no byte " + position);
    }

    long bytes() {
        return runs.stream().mapToLong(run -> run[1]).sum();
    }

    @Override
    public MemorySegment segment() {
        return MemorySegment.NULL;
    }

    @Override
    public int runCount() {
        return runs.size();
    }

    @Override
    public long runAddress(int index) {
        return runs.get(index)[0];
    }

    @Override
    public long runBytes(int index) {
        return runs.get(index)[1];
    }

    @Override
    public void close() {
        // nothing is held
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        runs.forEach(run -> text.append("[0x%x+0x%x]".formatted(run[0], run[1])));
        return text.toString();
    }
}
