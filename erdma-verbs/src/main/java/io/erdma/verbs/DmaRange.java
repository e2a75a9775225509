package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.DmaMemory;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A piece of memory at a device address (kernel: an entry of a mapped {@code scatterlist}).
 *
 * @param address device address of the first byte
 * @param bytes length, from 1
 */
public record DmaRange(long address, long bytes) {
    /** EINVAL for a length below 1 or a range that wraps. */
    public DmaRange {
        if (bytes < 1 || Long.compareUnsigned(address + bytes - 1, address) < 0) {
            throw new ErrnoException(Errno.EINVAL, "no range of %d bytes at 0x%x".formatted(bytes, address));
        }
    }

    /** All of some coherent memory. */
    public static DmaRange of(DmaMemory memory) {
        return new DmaRange(memory.deviceAddress(), memory.bytes());
    }

    /** The runs of a mapping. */
    public static List<DmaRange> of(DmaMapping mapping) {
        return IntStream.range(0, mapping.runCount())
                .mapToObj(i -> new DmaRange(mapping.runAddress(i), mapping.runBytes(i)))
                .toList();
    }
}
