package io.erdma.verbs;

/**
 * A memory region at one moment.
 *
 * @param kind which kind
 * @param index STag index
 * @param lkey local key
 * @param rkey remote key
 * @param iova address of its first byte
 * @param length bytes
 * @param access {@link io.erdma.core.verbs.Access} bits
 * @param pageBytes size of its pages; 0 for all memory
 * @param pages page addresses that it has room for
 * @param tableLevel levels of page tables; 0 when the pages were in the command
 * @param pdn number of its PD
 */
public record MrSnapshot(
        Kind kind, int index, int lkey, int rkey, long iova, long length, int access, long pageBytes, long pages,
        int tableLevel,
        int pdn) {
    /** Kinds of memory regions. */
    public enum Kind {
        /** A caller's memory. */
        USER,
        /** All memory. */
        DMA,
        /** Made valid by a REG_MR request. */
        FAST_REGISTER
    }
}
