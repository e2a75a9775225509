package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of an in-process function. Masks live in the model's MSI-X table, as they do in hardware. No lock is
 * held when a vector is unmasked: a pending interrupt may run its handler within that call.
 */
final class Vectors implements InterruptVectors {
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_CONTROL = 12;
    private static final int CONTROL_MASKED = 1;

    private final FunctionModel model;
    private final LeakLedger ledger;
    private final Executor dispatcher;
    private final Runnable onClose;
    private final AtomicReferenceArray<@Nullable VectorBinding> bindings;
    private final AtomicBoolean closed = new AtomicBoolean();

    Vectors(FunctionModel model, LeakLedger ledger, int count, Executor dispatcher, Runnable onClose) {
        this.model = model;
        this.ledger = ledger;
        this.dispatcher = dispatcher;
        this.onClose = onClose;
        this.bindings = new AtomicReferenceArray<>(count);
        for (int i = 0; i < count; i++) {
            setMasked(i, true);
        }
        ledger.add(Resource.VECTOR, count);
    }

    /** From the model; any number. */
    void raise(int vector) {
        VectorBinding binding = vector >= 0 && vector < bindings.length() ? bindings.get(vector) : null;
        if (binding != null) {
            binding.raise();
        }
    }

    @Override
    public int count() {
        return bindings.length();
    }

    @Override
    public void bind(int vector, Runnable handler) {
        check(vector);
        if (closed.get()) {
            throw new ErrnoException(Errno.ENODEV, "vector " + vector + " was given back");
        }
        if (!bindings.compareAndSet(vector, null, new VectorBinding(handler, dispatcher))) {
            throw new ErrnoException(Errno.EBUSY, "vector " + vector + " has a handler");
        }
        setMasked(vector, false);
    }

    @Override
    public void unbind(int vector) {
        check(vector);
        if (bindings.get(vector) == null) {
            return;
        }
        setMasked(vector, true);
        VectorBinding binding = bindings.getAndSet(vector, null);
        if (binding != null) {
            binding.end();
        }
    }

    @Override
    public void mask(int vector) {
        check(vector);
        if (!closed.get()) {
            setMasked(vector, true);
        }
    }

    @Override
    public void unmask(int vector) {
        check(vector);
        if (bindings.get(vector) != null) {
            setMasked(vector, false);
        }
    }

    private void check(int vector) {
        if (vector < 0 || vector >= bindings.length()) {
            throw new ErrnoException(Errno.EINVAL, "vector " + vector + " of " + bindings.length());
        }
    }

    private void setMasked(int vector, boolean masked) {
        long at = (long) vector * ENTRY_BYTES + ENTRY_CONTROL;
        model.write(model.msixTableBar(), at, Integer.BYTES, masked ? CONTROL_MASKED : 0);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        for (int i = 0; i < bindings.length(); i++) {
            unbind(i);
        }
        ledger.add(Resource.VECTOR, -bindings.length());
        onClose.run();
    }
}
