package io.erdma.core.hal;

/** A mapped BAR. */
public interface Bar extends Mmio, AutoCloseable {
    /** Ends the mapping; slices of it end with it. Idempotent. */
    @Override
    void close();
}
