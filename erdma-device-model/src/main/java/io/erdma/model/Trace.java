package io.erdma.model;

import io.erdma.core.hal.device.FunctionModel;
import io.erdma.model.device.ErdmaFunction;
import io.erdma.model.device.Tracer;
import java.util.function.Consumer;

/** Tells, a line each, what the drivers of guests' functions do, and what comes of it. One for all functions of a card. Thread-safe. */
public final class Trace {
    private final Tracer tracer;

    /** Lines are handed on one at a time, whatever thread they come from; a reader that is slow makes the guests slow. */
    public Trace(Consumer<String> lines) {
        tracer = new Tracer(lines);
    }

    FunctionModel of(ErdmaFunction function, String name) {
        return tracer.follow(function, name);
    }
}
