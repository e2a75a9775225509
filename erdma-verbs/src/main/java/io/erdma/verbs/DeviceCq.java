package io.erdma.verbs;

/**
 * A CQ as the device, its QPs and its events know it, whoever has its ring: kernel verbs or a user program (kernel: {@code struct erdma_cq}, of which the two
 * are one). Package-private: what its owner does with it is in the two kinds.
 */
abstract sealed class DeviceCq permits CompletionQueue, UserCq {
    final Ownership ownership;
    private final CqFactory factory;
    private final UseCount users = new UseCount();

    DeviceCq(CqFactory factory, Ownership ownership) {
        this.factory = factory;
        this.ownership = ownership;
    }

    abstract int cqn();

    abstract CompletionQueueSnapshot snapshot();

    /** The device has raised a completion event, in the interrupt handler. */
    abstract void completed();

    /** The device says that it is in error. */
    abstract void failed(EventSubscribers subscribers);

    /** The device has forgotten it: no event comes any more. */
    abstract void forget(boolean byOwner);

    /** One more QP; EINVAL once destroyed. */
    final void enter() {
        users.enter(toString());
    }

    final void leave() {
        users.leave();
    }

    final int users() {
        return users.count();
    }

    final boolean tryAcquire() {
        return ownership.tryAcquire();
    }

    final void release() {
        ownership.release();
    }

    final boolean isOf(CqFactory other) {
        return factory == other;
    }

    /** Its owner destroys it. EBUSY: QPs use it; it stays as it is. */
    final void destroyByOwner() {
        if (users.close(toString())) {
            destroy(true);
        }
        ownership.ownerClosed();
    }

    /** The device or the context goes. */
    final void remove() {
        users.closeAnyway();
        destroy(false);
        ownership.removed();
    }

    private void destroy(boolean byOwner) {
        if (ownership.destroy()) {
            factory.destroy(cqn());
            forget(byOwner);
        }
    }

    @Override
    public final String toString() {
        return "CQ " + cqn();
    }
}
