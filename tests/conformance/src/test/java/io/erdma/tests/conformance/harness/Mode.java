package io.erdma.tests.conformance.harness;

import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;

/** The two executions of the model (device-behaviour §7). */
public enum Mode {
    /** In the thread that rings a doorbell. */
    INLINE(0),
    /** In engine threads. */
    THREADED(2);

    private final int engineThreads;

    Mode(int engineThreads) {
        this.engineThreads = engineThreads;
    }

    /** alice and bob in one VPC; strict and scattered: a use after free is noticed, and page lists are used. */
    public CardSpec card(FunctionSpec function) {
        return CardSpec.builder().engineThreads(engineThreads).strict(true).scattered(true)
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").functions(function).build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").functions(function).build())
                .build();
    }
}
