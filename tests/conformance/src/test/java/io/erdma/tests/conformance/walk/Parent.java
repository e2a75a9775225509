package io.erdma.tests.conformance.walk;

/** What other objects use and can't be destroyed before them. */
abstract sealed class Parent permits Pd, Channel {
    private final Side side;
    private int users;
    private boolean open = true;

    Parent(Side side) {
        this.side = side;
    }

    final Side side() {
        return side;
    }

    final boolean isUsed() {
        return users > 0;
    }

    final void use(int change) {
        users += change;
    }

    final boolean isOpen() {
        return open;
    }

    final void close() {
        open = false;
    }
}
