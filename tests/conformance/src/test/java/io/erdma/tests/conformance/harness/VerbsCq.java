package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.WorkCompletion;

/** A completion queue of either API. */
public interface VerbsCq extends AutoCloseable {
    /** Its number. */
    int cqn();

    /** How many completions it holds. */
    int entries();

    /** Takes completions. */
    int poll(int max, WorkCompletion[] into);

    /** Asks for an event; whether completions are there already. */
    boolean reqNotify(NotifyKind kind);

    /** Acknowledges events. */
    void ackEvents(int count);

    @Override
    void close();
}
