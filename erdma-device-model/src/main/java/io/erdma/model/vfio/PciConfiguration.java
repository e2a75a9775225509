package io.erdma.model.vfio;

import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.FunctionModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The 256 bytes of PCI configuration space: identity, two memory BARs, an MSI-X capability. The client sizes and places BARs itself and yet sends on what the
 * guest writes to them: that is ignored, as all that is not writable. Thread-safe.
 */
final class PciConfiguration {
    /** Its length. */
    static final int BYTES = 256;

    private static final int VENDOR = 0x00;
    private static final int DEVICE = 0x02;
    private static final int COMMAND = 0x04;
    private static final int STATUS = 0x06;
    private static final int REVISION = 0x08;
    private static final int CLASS = 0x09;
    private static final int CACHE_LINE = 0x0C;
    private static final int LATENCY = 0x0D;
    private static final int BARS = 0x10;
    private static final int SUBSYSTEM_VENDOR = 0x2C;
    private static final int SUBSYSTEM = 0x2E;
    private static final int CAPABILITIES = 0x34;
    private static final int INTERRUPT_LINE = 0x3C;
    private static final int MSIX = 0x40;

    private static final int STATUS_CAPABILITIES = 1 << 4;
    private static final int COMMAND_BUS_MASTER = 1 << 2;
    /** Memory, bus master, parity, SERR, no pin interrupt. */
    private static final int COMMAND_WRITABLE = 0x0546;
    /** Network controller, other: it is neither an Ethernet nor an InfiniBand one. */
    private static final int CLASS_CODE = 0x02_80_00;
    private static final int BAR_64_BIT = 0x4;
    private static final int MSIX_ID = 0x11;
    /** Enable, and mask of the whole function. */
    private static final int MSIX_WRITABLE_HIGH = 0xC0;
    private static final int MSIX_CONTROL_HIGH = MSIX + 3;

    private final byte[] initial = new byte[BYTES];
    private final byte[] values = new byte[BYTES];
    private final byte[] writable = new byte[BYTES];

    PciConfiguration(FunctionModel model) {
        PciIdentity identity = model.identity();
        put(VENDOR, 2, identity.vendor());
        put(DEVICE, 2, identity.device());
        put(STATUS, 2, STATUS_CAPABILITIES);
        put(REVISION, 1, identity.revision());
        put(CLASS, 3, CLASS_CODE);
        put(SUBSYSTEM_VENDOR, 2, identity.vendor());
        put(SUBSYSTEM, 2, identity.device());
        put(CAPABILITIES, 1, MSIX);
        for (int bar = 0; bar < 6; bar++) {
            put(BARS + 4 * bar, 4, model.barBytes(bar) > 0 ? BAR_64_BIT : 0);
        }
        put(MSIX, 1, MSIX_ID);
        put(MSIX + 2, 2, model.vectors() - 1);
        put(MSIX + 4, 4, model.msixTableBar());
        put(MSIX + 8, 4, (int) model.msixPendingOffset() | model.msixTableBar());
        permit(COMMAND, 2, COMMAND_WRITABLE);
        permit(CACHE_LINE, 1, 0xFF);
        permit(LATENCY, 1, 0xFF);
        permit(INTERRUPT_LINE, 1, 0xFF);
        permit(MSIX_CONTROL_HIGH, 1, MSIX_WRITABLE_HIGH);
        reset();
    }

    private void put(int at, int bytes, int value) {
        for (int i = 0; i < bytes; i++) {
            initial[at + i] = (byte) (value >>> (8 * i));
        }
    }

    private void permit(int at, int bytes, int bits) {
        for (int i = 0; i < bytes; i++) {
            writable[at + i] = (byte) (bits >>> (8 * i));
        }
    }

    /** As after power-on. */
    synchronized void reset() {
        System.arraycopy(initial, 0, values, 0, BYTES);
    }

    /** The byte at an offset below {@link #BYTES}. */
    synchronized byte read(int at) {
        return values[at];
    }

    /** Writes the bits of a byte that can be written. */
    synchronized void write(int at, byte value) {
        values[at] = (byte) ((values[at] & ~writable[at]) | (value & writable[at]));
    }

    /** Whether a write of so many bytes from an offset on forbids the device DMA. */
    static boolean clearsBusMaster(long offset, long count, MemorySegment source, long at) {
        return offset <= COMMAND && COMMAND < offset + count
                && (source.get(ValueLayout.JAVA_BYTE, at + COMMAND - offset) & COMMAND_BUS_MASTER) == 0;
    }

    /** Whether the device may do DMA. */
    synchronized boolean busMaster() {
        return (values[COMMAND] & COMMAND_BUS_MASTER) != 0;
    }
}
