package io.erdma.hw;

/** The PCI function: identity, BARs, vectors, and the numbers under which the driver is known. Data sheet: §1. */
public final class PciIds {
    /** PCI vendor number. */
    public static final int VENDOR = 0x1DED;

    /** PCI device number. */
    public static final int DEVICE = 0x107F;

    /** BAR of the registers and doorbells. */
    public static final int FUNCTION_BAR = 0;

    /** BAR of the MSI-X table and pending bits. */
    public static final int MSIX_BAR = 2;

    /** The memory BARs that a function has, bit n for BAR n; the driver refuses any other set. */
    public static final int MEMORY_BARS = 1 << FUNCTION_BAR | 1 << MSIX_BAR;

    /** Bytes of BAR 0 that hold all registers and three ranges of doorbells. */
    public static final long FUNCTION_BAR_BYTES = 512 * 1024;

    /** Width of a DMA address in bits. */
    public static final int DMA_BITS = 64;

    /** MSI-X vectors at most. */
    public static final int MAX_VECTORS = 32;

    /** Vector of the command queue's EQ and of the AEQ; vector n ≥ 1 is completion EQ n. */
    public static final int COMMON_VECTOR = 0;

    /** log2 of the hardware page. */
    public static final int PAGE_SHIFT = 12;

    /** The hardware page in bytes. */
    public static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    /** {@code RDMA_DRIVER_ERDMA}. */
    public static final int RDMA_DRIVER_ID = 19;

    /** Ports of a device. */
    public static final int PORTS = 1;

    private PciIds() {}
}
