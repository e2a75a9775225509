package io.erdma.model.vfio.wire;

/** Command numbers. From the client, but for {@link #DMA_READ} and {@link #DMA_WRITE}. */
public final class Command {
    /** First message of a connection: {@link Version}. */
    public static final int VERSION = 1;
    /** Memory that the device may touch: {@link DmaMap}. */
    public static final int DMA_MAP = 2;
    /** Memory that it may touch no more: {@link DmaUnmap}. */
    public static final int DMA_UNMAP = 3;
    /** {@link DeviceInfo}. */
    public static final int DEVICE_GET_INFO = 4;
    /** {@link RegionInfo}. */
    public static final int DEVICE_GET_REGION_INFO = 5;
    /** {@link RegionIoFds}. */
    public static final int DEVICE_GET_REGION_IO_FDS = 6;
    /** {@link IrqInfo}. */
    public static final int DEVICE_GET_IRQ_INFO = 7;
    /** {@link IrqSet}. */
    public static final int DEVICE_SET_IRQS = 8;
    /** {@link RegionAccess}. */
    public static final int REGION_READ = 9;
    /** {@link RegionAccess}. */
    public static final int REGION_WRITE = 10;
    /** From the server: {@link DmaAccess}. */
    public static final int DMA_READ = 11;
    /** From the server: {@link DmaAccess}. */
    public static final int DMA_WRITE = 12;
    /** Function-level reset; no payload. */
    public static final int DEVICE_RESET = 13;
    /** Several writes in one message: {@link RegionWrites}. */
    public static final int REGION_WRITE_MULTI = 15;

    private Command() {}
}
