package io.erdma.core.hal.device;

import java.lang.foreign.MemorySegment;

/**
 * Host memory that a device can't see but only ask for: the host moves the bytes of each access. It takes long, compared with an access, and fails where memory
 * can't: so a model treats it apart. Thread-safe.
 *
 * <p>An access is made inside a {@link Ticket} and may wait for the host there, so the host must let one that waits fail before it waits for the tickets. Nothing
 * is atomic but what an implementation says, and two accesses are in the order in which they were made.
 */
public interface FarMemory {
    /** No memory: nothing can be had of it. */
    FarMemory NOWHERE = new FarMemory() {
        @Override
        public boolean read(long deviceAddress, MemorySegment target, long offset, long bytes) {
            return false;
        }

        @Override
        public boolean write(long deviceAddress, MemorySegment source, long offset, long bytes) {
            return false;
        }
    };

    /**
     * Reads a range that lies inside.
     *
     * @return false if it could not be had; what lies in the target then is not told
     * @throws IllegalStateException if the owner of the target has closed its arena
     */
    boolean read(long deviceAddress, MemorySegment target, long offset, long bytes);

    /**
     * Writes a range that lies inside. When this returns the host has it.
     *
     * @return false if it did not arrive, or not all
     * @throws IllegalStateException if the owner of the source has closed its arena
     */
    boolean write(long deviceAddress, MemorySegment source, long offset, long bytes);
}
