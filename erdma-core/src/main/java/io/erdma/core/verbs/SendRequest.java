package io.erdma.core.verbs;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A send work request (libibverbs: {@code ibv_send_wr}), mutable and reusable: fill it, post it, and it is free again when the post method returns.
 * Requests are chained by {@link #next}. Not thread-safe.
 *
 * <p>A scatter/gather element is an address, a length and an lkey. With {@link SendFlag#INLINE} the data is taken from memory at post time: then its elements
 * are added by {@link #addInline}.
 */
public final class SendRequest {
    private static final int USUAL_SGES = 6;

    /** The caller's number, handed back in the completion. */
    public long wrId;
    /** What to do. */
    public WrOpcode opcode = WrOpcode.SEND;
    /** {@link SendFlag} bits. */
    public int flags;
    /** Immediate data, as a number, of *_WITH_IMM. */
    public int immediate;
    /** STag to invalidate, of SEND_WITH_INV, RDMA_READ_WITH_INV and LOCAL_INV. */
    public int invalidateKey;
    /** Address at the peer, of RDMA and atomics. */
    public long remoteAddress;
    /** The peer's key, of RDMA and atomics. */
    public int remoteKey;
    /** Value to add (FAA), or to compare with (CAS). */
    public long compareAdd;
    /** Value to swap in (CAS). */
    public long swap;
    /** The MR, of REG_MR. */
    public @Nullable FastRegistration registration;
    /** New key byte and index, of REG_MR: the whole STag. */
    public int registrationKey;
    /** {@link Access} bits, of REG_MR. */
    public int registrationAccess;
    /** UD: number of the address handle. */
    public int addressHandle;
    /** UD: the peer's QPN. */
    public int remoteQpn;
    /** UD: the peer's Q_Key. */
    public int remoteQkey;
    /** The next request of the chain. */
    public @Nullable SendRequest next;

    private int sgeCount;
    private long[] addresses = new long[USUAL_SGES];
    private int[] lengths = new int[USUAL_SGES];
    private int[] keys = new int[USUAL_SGES];
    private @Nullable MemorySegment[] inlineData = new MemorySegment[USUAL_SGES];

    /** An empty SEND without flags. */
    public SendRequest() {}

    /** Back to an empty SEND without flags. Keeps nothing, allocates nothing. */
    public SendRequest clear() {
        wrId = 0;
        opcode = WrOpcode.SEND;
        flags = 0;
        immediate = 0;
        invalidateKey = 0;
        remoteAddress = 0;
        remoteKey = 0;
        compareAdd = 0;
        swap = 0;
        registration = null;
        registrationKey = 0;
        registrationAccess = 0;
        addressHandle = 0;
        remoteQpn = 0;
        remoteQkey = 0;
        next = null;
        return clearSges();
    }

    /** Takes all elements away. */
    public SendRequest clearSges() {
        for (int i = 0; i < sgeCount; i++) {
            inlineData[i] = null;
        }
        sgeCount = 0;
        return this;
    }

    /**
     * Adds an element of registered memory.
     *
     * @param length bytes, as an unsigned 32-bit number
     */
    public SendRequest addSge(long address, int length, int lkey) {
        int i = nextSge();
        addresses[i] = address;
        lengths[i] = length;
        keys[i] = lkey;
        return this;
    }

    /** Adds an element whose bytes are taken when the request is posted; sets {@link SendFlag#INLINE}. */
    public SendRequest addInline(MemorySegment memory, long offset, int length) {
        int i = nextSge();
        addresses[i] = offset;
        lengths[i] = length;
        keys[i] = 0;
        inlineData[i] = memory;
        flags |= SendFlag.INLINE;
        return this;
    }

    private int nextSge() {
        if (sgeCount == lengths.length) {
            int larger = 2 * sgeCount;
            addresses = Arrays.copyOf(addresses, larger);
            lengths = Arrays.copyOf(lengths, larger);
            keys = Arrays.copyOf(keys, larger);
            inlineData = Arrays.copyOf(inlineData, larger);
        }
        return sgeCount++;
    }

    /** Number of elements. */
    public int sgeCount() {
        return sgeCount;
    }

    /** Address of element {@code index}; for inline elements the offset in {@link #sgeInline}. */
    public long sgeAddress(int index) {
        return addresses[index];
    }

    /** Length of element {@code index}, an unsigned 32-bit number. */
    public int sgeLength(int index) {
        return lengths[index];
    }

    /** Key of element {@code index}. */
    public int sgeKey(int index) {
        return keys[index];
    }

    /** Memory of an inline element, or null for an element of registered memory. */
    public @Nullable MemorySegment sgeInline(int index) {
        return inlineData[index];
    }

    /** Whether all bits of {@code flag} are set. */
    public boolean has(int flag) {
        return (flags & flag) == flag;
    }
}
