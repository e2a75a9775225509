package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/** The vectors of an in-process function. Masks live in the model's MSI-X table, as they do in hardware. */
final class Vectors implements InterruptVectors {
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_CONTROL = 12;
    private static final int CONTROL_MASKED = 1;

    private final FunctionModel model;
    private final LeakLedger ledger;
    private final Vector[] vectors;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    Vectors(FunctionModel model, LeakLedger ledger, int count, Executor dispatcher, Runnable onClose) {
        this.model = model;
        this.ledger = ledger;
        this.onClose = onClose;
        this.vectors = new Vector[count];
        for (int i = 0; i < count; i++) {
            vectors[i] = new Vector(dispatcher);
            setMasked(i, true);
        }
        ledger.add(Resource.VECTOR, count);
    }

    /** From the model; any number. */
    void raise(int vector) {
        if (vector >= 0 && vector < vectors.length) {
            vectors[vector].raise();
        }
    }

    @Override
    public int count() {
        return vectors.length;
    }

    @Override
    public void bind(int vector, Runnable handler) {
        check(vector);
        if (!vectors[vector].bind(handler)) {
            throw new ErrnoException(Errno.EBUSY, "vector " + vector + " has a handler");
        }
        setMasked(vector, false);
    }

    @Override
    public void unbind(int vector) {
        check(vector);
        setMasked(vector, true);
        vectors[vector].unbind();
    }

    @Override
    public void mask(int vector) {
        check(vector);
        setMasked(vector, true);
    }

    @Override
    public void unmask(int vector) {
        check(vector);
        if (vectors[vector].isBound()) {
            setMasked(vector, false);
        }
    }

    private void check(int vector) {
        if (vector < 0 || vector >= vectors.length) {
            throw new ErrnoException(Errno.EINVAL, "vector " + vector + " of " + vectors.length);
        }
    }

    private void setMasked(int vector, boolean masked) {
        long at = (long) vector * ENTRY_BYTES + ENTRY_CONTROL;
        model.write(model.msixTableBar(), at, Integer.BYTES, masked ? CONTROL_MASKED : 0);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            for (int i = 0; i < vectors.length; i++) {
                unbind(i);
            }
            ledger.add(Resource.VECTOR, -vectors.length);
            onClose.run();
        }
    }
}
