package io.erdma.verbs;

import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.qp.RingSnapshot;
import java.util.function.Consumer;

/**
 * A QP whose rings a user program has (kernel: {@code struct erdma_qp} with its {@code user_qp}). No REFLUSH: the device flushes its late requests when their
 * doorbells come.
 */
final class UserQp extends DeviceQp {
    private final int handle;
    private final Shape shape;
    private final Consumer<UserAsyncEvent> asyncEvents;

    /** What it is to the device; depths in building blocks and in entries. */
    record Shape(int qpn, int cookie, int sendCqn, int receiveCqn, int sendDepth, int receiveDepth,
            QpCapabilities asked) {}

    /** @param uses what is given back when it is destroyed: its memory, which the device has forgotten then, too */
    UserQp(QpFactory factory, ProtectionDomain pd, int handle, Shape shape, CommandChannel commands,
            Consumer<UserAsyncEvent> asyncEvents, Releases uses, Runnable freeNumber) {
        super(factory, pd, shape.qpn, shape.cookie, commands, uses, new Ownership(false, freeNumber));
        this.handle = handle;
        this.shape = shape;
        this.asyncEvents = asyncEvents;
    }

    int handle() {
        return handle;
    }

    Shape shape() {
        return shape;
    }

    @Override
    QpCapabilities capabilities() {
        return capabilities(shape.asked, shape.sendDepth, shape.receiveDepth);
    }

    @Override
    void startFlush() {}

    @Override
    void endFlush() {}

    @Override
    void failed(EventSubscribers subscribers) {
        asyncEvents.accept(new UserAsyncEvent(AsyncEventType.QP_FATAL, handle));
    }

    /** Its rings are not the driver's: their indices are 0. */
    @Override
    public QpSnapshot snapshot() {
        return new QpSnapshot(qpn(), pd().pdn(), shape.sendCqn, shape.receiveCqn, state(), cookie(), capabilities(),
                new RingSnapshot(shape.sendDepth, 0, 0), new RingSnapshot(shape.receiveDepth, 0, 0),
                ownership.count());
    }
}
