package io.erdma.tests.conformance.walk;

/** A PD as it must be. */
final class Pd {
    private final Side side;
    private int users;
    private boolean open = true;

    Pd(Side side) {
        this.side = side;
    }

    Side side() {
        return side;
    }

    boolean isUsed() {
        return users > 0;
    }

    void use(int change) {
        users += change;
    }

    boolean isOpen() {
        return open;
    }

    void close() {
        open = false;
    }
}
