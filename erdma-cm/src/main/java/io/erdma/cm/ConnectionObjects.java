package io.erdma.cm;

import io.erdma.core.errno.ErrnoException;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.CqInitAttributes;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QueuePair;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** PD, CQ and QP of a connection, made by its options; closed in reverse order, those that were shared not. */
final class ConnectionObjects implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionObjects.class);

    private final ArrayDeque<AutoCloseable> own = new ArrayDeque<>(3);
    private final ProtectionDomain pd;
    private final CompletionQueue cq;
    private final QueuePair qp;

    /**
     * What verbs refuse; nothing is left then.
     *
     * @param onCompletion called when the CQ, if it is not shared, is armed and gets a completion
     */
    ConnectionObjects(ErdmaDevice device, ConnectionOptions options, Runnable onCompletion) {
        try {
            pd = options.pd().orElseGet(() -> own(device.allocPd()));
            cq = options.cq().orElseGet(() -> own(device.createCq(cqAttributes(options, onCompletion))));
            qp = own(pd.createQp(qpAttributes(cq, options)));
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    private static CqInitAttributes cqAttributes(ConnectionOptions options, Runnable onCompletion) {
        CqInitAttributes.Builder attributes = CqInitAttributes.of(
                options.capabilities().maxSendWr() + options.capabilities().maxRecvWr())
                .completionHandler(_ -> onCompletion.run());
        return options.singleThreaded() ? attributes.singleThreaded().build() : attributes.build();
    }

    private static QpInitAttributes qpAttributes(CompletionQueue cq, ConnectionOptions options) {
        QpInitAttributes.Builder attributes = QpInitAttributes.of(cq).capabilities(options.capabilities());
        if (options.signalAll()) {
            attributes.signalAll();
        }
        return options.singleThreaded() ? attributes.singleThreaded().build() : attributes.build();
    }

    ProtectionDomain pd() { return pd; }

    CompletionQueue cq() { return cq; }

    QueuePair qp() { return qp; }

    /** Takes over another object, to be closed before those that were there. */
    <T extends AutoCloseable> T own(T object) {
        synchronized (own) {
            own.push(object);
        }
        return object;
    }

    /** Closes what it owns, last made first. What others still use (EBUSY) is left to them, and to the device. Idempotent. */
    @Override
    public void close() {
        for (AutoCloseable object = next(); object != null; object = next()) {
            try {
                object.close();
            } catch (Exception e) {
                LOG.debug("{} stays", object, e);
            }
        }
    }

    private @Nullable AutoCloseable next() {
        synchronized (own) {
            return own.poll();
        }
    }
}
