package io.erdma.tests.conformance.harness;

import java.util.Optional;

/** A completion channel of either API. */
public interface VerbsChannel extends AutoCloseable {
    /** Waits for an event. */
    VerbsCq getEvent() throws InterruptedException;

    /** An event if one is there. */
    Optional<VerbsCq> pollEvent();

    @Override
    void close();
}
