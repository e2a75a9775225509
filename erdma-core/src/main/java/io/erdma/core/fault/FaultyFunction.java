package io.erdma.core.fault;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Bar;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.hal.DmaMemory;
import io.erdma.core.hal.InterruptVectors;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;

/** A function whose host calls fail as a {@link FaultPlan} says; all else goes through. */
public final class FaultyFunction implements PciFunction {
    private final PciFunction function;
    private final FaultPlan plan;

    /** Decorates a function. */
    public FaultyFunction(PciFunction function, FaultPlan plan) {
        this.function = function;
        this.plan = plan;
    }

    private void visit(FaultPoint point, long detail) {
        if (plan.at(point, detail) instanceof FaultAction.Fail(var errno)) {
            throw new ErrnoException(errno, "planned fault at " + point + " " + detail);
        }
    }

    @Override
    public PciIdentity identity() {
        return function.identity();
    }

    @Override
    public int memoryBars() {
        return function.memoryBars();
    }

    @Override
    public boolean present() {
        return function.present();
    }

    @Override
    public void enable() {
        visit(FaultPoint.HAL_ENABLE, 0);
        function.enable();
    }

    @Override
    public void disable() {
        function.disable();
    }

    @Override
    public Bar mapBar(int bar) {
        visit(FaultPoint.HAL_MAP_BAR, bar);
        return function.mapBar(bar);
    }

    @Override
    public void setDmaMask(int bits) {
        visit(FaultPoint.HAL_DMA_MASK, bits);
        function.setDmaMask(bits);
    }

    @Override
    public DmaMemory allocateCoherent(long bytes, long alignment) {
        visit(FaultPoint.HAL_ALLOCATE, bytes);
        return function.allocateCoherent(bytes, alignment);
    }

    @Override
    public DmaMapping map(MemorySegment segment, DmaAccess access) {
        visit(FaultPoint.HAL_MAP, segment.byteSize());
        return function.map(segment, access);
    }

    @Override
    public InterruptVectors allocateVectors(int min, int max, Executor dispatcher) {
        visit(FaultPoint.HAL_VECTORS, max);
        return new FaultyVectors(function.allocateVectors(min, max, dispatcher));
    }

    @Override
    public void reset() {
        function.reset();
    }

    @Override
    public RemovalWatch onRemoval(Runnable listener) {
        return function.onRemoval(listener);
    }

    private final class FaultyVectors implements InterruptVectors {
        private final InterruptVectors vectors;

        FaultyVectors(InterruptVectors vectors) {
            this.vectors = vectors;
        }

        @Override
        public int count() {
            return vectors.count();
        }

        @Override
        public void bind(int vector, Runnable handler) {
            visit(FaultPoint.HAL_BIND_VECTOR, vector);
            vectors.bind(vector, handler);
        }

        @Override
        public void unbind(int vector) {
            vectors.unbind(vector);
        }

        @Override
        public void mask(int vector) {
            vectors.mask(vector);
        }

        @Override
        public void unmask(int vector) {
            vectors.unmask(vector);
        }

        @Override
        public void close() {
            vectors.close();
        }
    }
}
