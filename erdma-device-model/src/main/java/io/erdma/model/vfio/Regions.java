package io.erdma.model.vfio;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.GuestFunction;
import io.erdma.model.vfio.wire.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The regions of the device as a client reads and writes them: BARs, which are the model's, and configuration space, which is ours. */
final class Regions {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final long ONES = -1;

    private final GuestFunction function;
    private final FunctionModel model;
    private final PciConfiguration configuration;

    /** @param model the function's, or one that stands before it */
    Regions(GuestFunction function, FunctionModel model) {
        this.function = function;
        this.model = model;
        this.configuration = new PciConfiguration(model);
    }

    /** Bytes of a region, 0 if the device has none of that number. EINVAL for a number that is none. */
    long bytes(int region) {
        if (region < 0 || region >= Region.COUNT) {
            throw new ErrnoException(Errno.EINVAL, "no region " + region);
        }
        return region < Region.BARS ? model.barBytes(region) : region == Region.CONFIG ? PciConfiguration.BYTES : 0;
    }

    /** EINVAL unless the range lies in the region. */
    void check(int region, long offset, long count) {
        long bytes = bytes(region);
        if (count < 1 || offset < 0 || offset > bytes || count > bytes - offset) {
            throw new ErrnoException(Errno.EINVAL,
                    "%d bytes at 0x%x of region %d, which has 0x%x".formatted(count, offset, region, bytes));
        }
    }

    /** Whether reads are nothing but that: whoever traces them looks into queues, which an engine can't while it is in one. */
    @SuppressWarnings("ReferenceEquality")
    boolean canBeReadInAnEngine() {
        return model == function.model();
    }

    /** Reads a range that was {@linkplain #check checked}. A function that was pulled out reads as ones. */
    void read(int region, long offset, long count, MemorySegment target, long at) {
        for (long done = 0; done < count;) {
            int size = width(offset + done, count - done);
            long value = !function.present()
                    ? ONES
                    : region == Region.CONFIG
                            ? readConfiguration((int) (offset + done), size)
                            : model.read(region, offset + done, size);
            put(target, at + done, size, value);
            done += size;
        }
    }

    /** Bytes of an access as a bus makes it: a power of two, aligned. */
    private static int width(long offset, long left) {
        long widest = Math.min(Long.BYTES, Long.highestOneBit(left));
        long aligned = offset == 0 ? widest : Long.lowestOneBit(offset);
        return (int) Math.min(widest, aligned);
    }

    private static void put(MemorySegment target, long at, int size, long value) {
        switch (size) {
            case Long.BYTES -> target.set(U64, at, value);
            case Integer.BYTES -> target.set(U32, at, (int) value);
            case Short.BYTES -> target.set(U16, at, (short) value);
            default -> target.set(ValueLayout.JAVA_BYTE, at, (byte) value);
        }
    }

    private static long get(MemorySegment source, long at, int size) {
        return switch (size) {
            case Long.BYTES -> source.get(U64, at);
            case Integer.BYTES -> source.get(U32, at) & 0xFFFF_FFFFL;
            case Short.BYTES -> source.get(U16, at) & 0xFFFFL;
            default -> source.get(ValueLayout.JAVA_BYTE, at) & 0xFFL;
        };
    }

    private long readConfiguration(int offset, int size) {
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (configuration.read(offset + i) & 0xFFL) << (8 * i);
        }
        return value;
    }

    /**
     * Whether a write is to be answered before it is carried out: any that may set engines going, so that a client that waits for the answer can serve their DMA
     * meanwhile. Configuration space and the reset are not such, and whoever has their answer relies on them.
     */
    static boolean isAnsweredFirst(int region, long offset, long count) {
        return region != Region.CONFIG && !hasControl(region, offset, count);
    }

    /** Whether the register that resets the device is in a range. */
    private static boolean hasControl(int region, long offset, long count) {
        return region == PciIds.FUNCTION_BAR && offset <= Registers.DEV_CTRL && Registers.DEV_CTRL - offset < count;
    }

    /** Whether a write, of a range that was {@linkplain #check checked}, stops the device and so waits until no engine does DMA. */
    boolean stopsDma(int region, long offset, long count, MemorySegment source, long at) {
        if (region == Region.CONFIG) {
            return configuration.busMaster() && PciConfiguration.clearsBusMaster(offset, count, source, at);
        }
        return hasControl(region, offset, count) && (source.get(ValueLayout.JAVA_BYTE, at + Registers.DEV_CTRL - offset)
                & Registers.DEV_CTRL_RESET) != 0;
    }

    /** Writes a range that was {@linkplain #check checked}. A function that was pulled out takes nothing. */
    void write(int region, long offset, long count, MemorySegment source, long at) {
        for (long done = 0; done < count && function.present();) {
            int size = width(offset + done, count - done);
            long value = get(source, at + done, size);
            if (region == Region.CONFIG) {
                writeConfiguration((int) (offset + done), size, value);
            } else {
                model.write(region, offset + done, size, value);
            }
            done += size;
        }
    }

    private void writeConfiguration(int offset, int size, long value) {
        for (int i = 0; i < size; i++) {
            configuration.write(offset + i, (byte) (value >>> (8 * i)));
        }
        function.memory().setBusMaster(configuration.busMaster());
    }

    /** Function-level reset: no DMA any more, configuration as after power-on. */
    void reset() {
        model.reset();
        configuration.reset();
        function.memory().setBusMaster(false);
    }
}
