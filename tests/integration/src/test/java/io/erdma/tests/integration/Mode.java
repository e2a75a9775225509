package io.erdma.tests.integration;

import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.VportSpec;

/** The two executions of the model (device-behaviour §7). Tests run in both. */
enum Mode {
    INLINE(0),
    THREADED(2);

    private final int engineThreads;

    Mode(int engineThreads) {
        this.engineThreads = engineThreads;
    }

    /** The card of the examples in this execution, strict and scattered: use after free is noticed, page lists are used. */
    CardSpec strict() {
        return settings(CardSpec.twoTenants().toBuilder()).build();
    }

    /** The same as programs use it: slabs, single runs. */
    CardSpec fast() {
        return CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build();
    }

    /** An empty card in this execution, strict and scattered. */
    CardSpec.Builder builder() {
        return settings(CardSpec.builder());
    }

    private CardSpec.Builder settings(CardSpec.Builder card) {
        return card.engineThreads(engineThreads).strict(true).scattered(true);
    }

    /** alice and bob in one VPC, with functions of this kind. */
    CardSpec with(FunctionSpec function) {
        return builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").functions(function).build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").functions(function).build())
                .build();
    }
}
