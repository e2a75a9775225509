package io.erdma.model.device;

import io.erdma.core.hal.device.FunctionModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells, a line each, what drivers do with functions of a card and what comes of it: register accesses, commands, requests, completions, events. It stands at the
 * functions' doors and looks into their queues before and after each write; the functions themselves know nothing of it. Thread-safe.
 */
public final class Tracer {
    private final Consumer<String> lines;
    private final List<FunctionTrace> followed = new ArrayList<>();

    /** A tracer of no function yet; lines are handed on one at a time. */
    public Tracer(Consumer<String> lines) {
        this.lines = lines;
    }

    /** The function, such that all that comes through what is returned is told. */
    public synchronized FunctionModel follow(ErdmaFunction function, String name) {
        FunctionTrace trace = new FunctionTrace(this, function, name);
        followed.add(trace);
        return trace;
    }

    /** A read that was answered. */
    synchronized void read(FunctionTrace trace, int bar, long offset, int size, long value) {
        tellResults();
        trace.tellRead(bar, offset, size, value);
    }

    /** A write before the function takes it. */
    synchronized void before(FunctionTrace trace, int bar, long offset, int size, long value) {
        tellResults();
        trace.tellWrite(bar, offset, size, value);
    }

    /** A write that the function has taken. */
    synchronized void after() {
        tellResults();
    }

    /** One function's write can complete what others asked for. */
    private void tellResults() {
        followed.forEach(FunctionTrace::tellResults);
    }

    synchronized void tell(String line) {
        lines.accept(line);
    }
}
