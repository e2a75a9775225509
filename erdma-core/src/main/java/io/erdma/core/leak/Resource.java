package io.erdma.core.leak;

/** What is counted: everything that a driver takes from its host and must give back. */
public enum Resource {
    /** Coherent DMA allocations, in objects. */
    DMA_MEMORY,
    /** Coherent DMA memory, in bytes. */
    DMA_BYTES,
    /** Mappings of a caller's memory. */
    DMA_MAPPING,
    /** Mapped BARs. */
    BAR_MAPPING,
    /** Interrupt vectors allocated. */
    VECTOR,
    /** Arenas that the HAL opened. */
    ARENA,
    /** Delayed work that has not run. */
    TIMER,
    /** Threads started. */
    THREAD,
    /** TCP streams that are open. */
    STREAM,
    /** TCP ports that are listened on. */
    LISTENER,
    /** File descriptors. */
    DESCRIPTOR,
    /** Files mapped into memory. */
    FILE_MAPPING
}
