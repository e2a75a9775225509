package io.erdma.model.device;

/** A command that is refused; the message says why, with the value. Has no stack: a tenant may cause any number. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
        super(message, null, false, false);
    }

    /** Refuses unless a condition holds. */
    static void unless(boolean condition, String what, long value) {
        if (!condition) {
            throw new Refusal(what + " " + value);
        }
    }
}
