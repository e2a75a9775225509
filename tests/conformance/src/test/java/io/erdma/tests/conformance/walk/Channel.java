package io.erdma.tests.conformance.walk;

/** A completion channel as it must be. Its events are its CQs'. */
final class Channel extends Parent {
    Channel(Side side) {
        super(side);
    }
}
