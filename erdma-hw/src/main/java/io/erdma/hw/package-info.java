/**
 * The data sheet of the adapter: PCI identity, registers, doorbells, rings, queue entries, status codes and limits. One place for every
 * number; formats carry no behaviour.
 *
 * <p>A descriptor is a final class of static accessors over {@code (MemorySegment segment, long offset)}, where the offset is that of the
 * descriptor's first byte; a doorbell or header is a {@code long} (or {@code int}) that {@code compose} makes and getters take apart.
 * Both sides use them, driver and device. What holds for all of them:
 *
 * <ul>
 * <li>Little-endian unless the class says BE. Bits are {@code high:low}, bit 0 the least significant.
 * <li>A header word is stored with release ({@code store}) after the body and loaded with acquire ({@code load}) before it.
 * <li>Segments are native or backed by {@code long[]}, offsets multiples of 8 (4 where the class says so); where a header is stored or loaded another alignment is
 * an {@link java.lang.IllegalArgumentException}, and anywhere an offset outside the segment an {@link java.lang.IndexOutOfBoundsException}: faults of the caller, never of a
 * tenant.
 * <li>Lengths, byte counts and addresses are {@code long} (32-bit ones 0 … 2³² − 1); STags, keys, cookies, sequence numbers and
 * immediates are {@code int} with all 32 bits; numbers and indices are non-negative {@code int}.
 * <li>On the data path (this package) a value is cut to its field and nothing is refused; a command's setter
 * ({@code io.erdma.hw.cmd}) refuses a value that does not fit with EINVAL.
 * <li>The accessors keep no state and may be used by any thread.
 * </ul>
 *
 * <p>Source of every figure: the kernel's {@code erdma_hw.h}; section numbers (§) are those of the device interface specification.
 */
@NullMarked
package io.erdma.hw;

import org.jspecify.annotations.NullMarked;
