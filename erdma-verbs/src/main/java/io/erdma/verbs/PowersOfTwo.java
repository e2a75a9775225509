package io.erdma.verbs;

/** Depths of rings. */
final class PowersOfTwo {
    private PowersOfTwo() {}

    /** The smallest power of two that is not below a value of 1 … 2³⁰. */
    static int atLeast(int value) {
        return value == 1 ? 1 : Integer.highestOneBit(value - 1) << 1;
    }
}
