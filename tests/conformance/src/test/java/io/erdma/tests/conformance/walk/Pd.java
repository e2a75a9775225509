package io.erdma.tests.conformance.walk;

/** A PD as it must be. */
final class Pd extends Parent {
    Pd(Side side) {
        super(side);
    }
}
