package io.erdma.tests.conformance.walk;

/** Driver or card did something else than they must. */
final class Mismatch extends AssertionError {
    private static final long serialVersionUID = 1;

    Mismatch(String message) {
        super(message);
    }
}
