package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpModifyAttributes;
import java.util.List;

/** A queue pair of either API. */
public interface VerbsQp extends AutoCloseable {
    /** Its number. */
    int qpn();

    /** Posts send requests; a {@link io.erdma.core.verbs.PostResult}. */
    long postSend(SendRequest first);

    /** Posts receive requests; a {@link io.erdma.core.verbs.PostResult}. */
    long postRecv(ReceiveRequest first);

    /** Modifies it. */
    void modify(QpModifyAttributes change);

    /** Moves it to a state. */
    default void modify(QpState to) {
        modify(QpModifyAttributes.to(to));
    }

    /** Asks for its attributes. */
    QpAttributes query();

    /** The state that a query tells. */
    default QpState state() {
        return query().state();
    }

    /** Its asynchronous events until now. */
    List<AsyncEventType> events();

    @Override
    void close();
}
