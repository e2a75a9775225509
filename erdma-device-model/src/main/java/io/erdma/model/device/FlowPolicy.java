package io.erdma.model.device;

/** What the card's flow rules and meters say about one vport's traffic. Thread-safe; allocation-free but for {@link #allows}. */
public interface FlowPolicy {
    /** {@link #admit}: the message passes. */
    int PASSED = 0;
    /** {@link #admit}: dropped, more bits per second than allowed. */
    int OVER_BITS = 1;
    /** {@link #admit}: dropped, more packets per second than allowed. */
    int OVER_PACKETS = 2;

    /** Changes whenever a verdict may have changed. Asked for every message, so as cheap as a volatile read. */
    long generation();

    /** Whether the vport may send this way; a denial is counted as a dropped message. */
    boolean allows(FourTuple flow);

    /** Takes a message that the vport sends through its meters: {@link #PASSED}, {@link #OVER_BITS} or {@link #OVER_PACKETS}. */
    int admit(long bytes, long packets);

    /** Takes a message that the vport receives through its meters; as {@link #admit}. */
    int admitReceived(long bytes, long packets);
}
