package io.erdma.core.verbs;

/** Physical state of a port (libibverbs: {@code phys_state}). */
public enum PhysicalState {
    /** Disabled. */
    DISABLED(3),
    /** Link up. */
    LINK_UP(5);

    private final int number;

    PhysicalState(int number) {
        this.number = number;
    }

    /** Its number in libibverbs. */
    public int number() {
        return number;
    }
}
