package io.erdma.tests.conformance.walk;

/** A completion channel as it must be. Its events are its CQs'. */
final class Channel {
    private final Side side;
    private int users;
    private boolean open = true;

    Channel(Side side) {
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
