package io.erdma.core.verbs;

import org.jspecify.annotations.Nullable;

/**
 * A receive work request (libibverbs: {@code ibv_recv_wr}), mutable and reusable as {@link SendRequest}. The device takes one element at most; more can be
 * said here, so that a post can refuse them.
 */
public final class ReceiveRequest {
    /** The caller's number. */
    public long wrId;
    /** Number of elements: 0 or 1 (more: EINVAL). */
    public int sgeCount;
    /** Address of the element. */
    public long address;
    /** Its length, an unsigned 32-bit number. */
    public int length;
    /** Its key. */
    public int lkey;
    /** The next request of the chain. */
    public @Nullable ReceiveRequest next;

    /** A request without element. */
    public ReceiveRequest() {}

    /** Makes this a request with one element. */
    public ReceiveRequest set(long newWrId, long newAddress, int newLength, int newLkey) {
        wrId = newWrId;
        sgeCount = 1;
        address = newAddress;
        length = newLength;
        lkey = newLkey;
        return this;
    }

    /** Makes this a request without element, for messages without data. */
    public ReceiveRequest setEmpty(long newWrId) {
        wrId = newWrId;
        sgeCount = 0;
        address = 0;
        length = 0;
        lkey = 0;
        return this;
    }
}
