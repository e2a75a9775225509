package io.erdma.core.verbs;

/** A fast-register MR as a REG_MR request needs it: what {@code mapMrSg} left in it. */
public interface FastRegistration {
    /** STag index &lt;&lt; 8; the low byte is the consumer's. */
    int stag();

    /** Address of the first byte. */
    long iova();

    /** Length in bytes. */
    long length();

    /** How many 4096-byte pages are mapped. */
    int pageCount();

    /** Device address of page {@code index}; only asked for when {@link #pageCount()} is small enough to go into the request. */
    long pageAddress(int index);
}
