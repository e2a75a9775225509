package io.erdma.core.hal;

/** What a device may do with mapped memory. */
public enum DmaAccess {
    /** Read only (kernel: {@code DMA_TO_DEVICE}). */
    READ,
    /** Read and write (kernel: {@code DMA_BIDIRECTIONAL}). */
    READ_WRITE
}
