package io.erdma.core.hal.device;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins a {@link FunctionModel} to a driver in the same process. Thread-safe. */
public final class InProcessFunction implements PciFunction, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InProcessFunction.class);
    private static final int BARS = 6;
    private static final int NARROWEST_DMA_MASK = 32;
    private static final int WIDEST_DMA_MASK = 64;

    private final FunctionModel model;
    private final DmaSpace space;
    private final LeakLedger ledger;
    private final InProcessOptions options;
    private final DeviceAddresses addresses = new DeviceAddresses();
    private final CoherentMemory coherent;
    private final List<Runnable> removalListeners = new CopyOnWriteArrayList<>();
    private volatile boolean present = true;
    private boolean enabled; // under the lock of this, as all that turns bus mastering on or off
    private volatile @Nullable Vectors vectors;

    /** Joins the model, which has not been attached before. */
    public InProcessFunction(FunctionModel model, DmaSpace space, LeakLedger ledger, InProcessOptions options) {
        this.model = model;
        this.space = space;
        this.ledger = ledger;
        this.options = options;
        this.coherent = new CoherentMemory(space, addresses, ledger, options.strict());
        model.attach(space, this::raise);
    }

    private void raise(int vector) {
        Vectors current = vectors;
        if (current != null && present) {
            current.raise(vector);
        }
    }

    @Override
    public PciIdentity identity() {
        return model.identity();
    }

    @Override
    public int memoryBars() {
        int mask = 0;
        for (int bar = 0; bar < BARS; bar++) {
            mask |= model.barBytes(bar) > 0 ? 1 << bar : 0;
        }
        return mask;
    }

    @Override
    public boolean present() {
        return present;
    }

    @Override
    public synchronized void enable() {
        requirePresent();
        if (enabled) {
            throw new ErrnoException(Errno.EBUSY, "function " + identity().address() + " is enabled already");
        }
        enabled = true;
        space.setBusMaster(true);
    }

    @Override
    public synchronized void disable() {
        enabled = false;
        space.setBusMaster(false);
        coherent.trim();
    }

    @Override
    public Bar mapBar(int bar) {
        requirePresent();
        if (bar < 0 || bar >= BARS || model.barBytes(bar) <= 0) {
            throw new ErrnoException(Errno.EINVAL, "no memory BAR " + bar);
        }
        ledger.add(Resource.BAR_MAPPING, 1);
        return new InProcessBar(this, model, bar, 0, model.barBytes(bar),
                new InProcessBar.Mapping(() -> ledger.add(Resource.BAR_MAPPING, -1)));
    }

    @Override
    public void setDmaMask(int bits) {
        if (bits < NARROWEST_DMA_MASK || bits > WIDEST_DMA_MASK) {
            throw new ErrnoException(Errno.EINVAL, "a DMA mask of " + bits + " bits");
        }
        if (bits < DeviceAddresses.BITS) {
            throw new ErrnoException(Errno.EIO, "device addresses do not fit a DMA mask of " + bits + " bits");
        }
    }

    @Override
    public DmaMemory allocateCoherent(long bytes, long alignment) {
        return coherent.allocate(bytes, alignment);
    }

    @Override
    public DmaMapping map(MemorySegment segment, DmaAccess access) {
        return CallerMapping.open(space, addresses, ledger, segment, access, options.scattered());
    }

    @Override
    public synchronized InterruptVectors allocateVectors(int min, int max, Executor dispatcher) {
        requirePresent();
        if (min < 1 || max < min) {
            throw new ErrnoException(Errno.EINVAL, "vectors from " + min + " to " + max);
        }
        if (vectors != null) {
            throw new ErrnoException(Errno.EBUSY, "vectors are allocated already");
        }
        if (model.vectors() < min) {
            throw new ErrnoException(Errno.ENOSPC, min + " vectors wanted, " + model.vectors() + " there");
        }
        Vectors given = new Vectors(model, ledger, Math.min(max, model.vectors()), dispatcher, () -> vectors = null);
        vectors = given;
        return given;
    }

    @Override
    public void reset() {
        if (present) {
            model.reset();
        }
    }

    @Override
    public RemovalWatch onRemoval(Runnable listener) {
        AtomicBoolean told = new AtomicBoolean();
        Runnable once = () -> {
            if (told.compareAndSet(false, true)) {
                listener.run();
            }
        };
        removalListeners.add(once);
        if (!present) {
            once.run();
        }
        return () -> removalListeners.remove(once);
    }

    /**
     * Surprise removal: from now on registers read as ones, no DMA and no interrupt comes through; then the listeners are told, whatever one of them
     * throws. Must not be called by an engine.
     */
    public void remove() {
        vanish();
        removalListeners.forEach(InProcessFunction::tell);
    }

    private synchronized void vanish() {
        present = false;
        space.setBusMaster(false);
    }

    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.debug("a listener to a removal failed", e);
        }
    }

    /** Unplugs the function without telling anybody and gives back what the HAL itself holds. The driver has closed its resources before. Idempotent. */
    @Override
    public void close() {
        vanish();
        coherent.trim();
    }

    private void requirePresent() {
        if (!present) {
            throw new ErrnoException(Errno.ENODEV, "function " + identity().address() + " is gone");
        }
    }
}
