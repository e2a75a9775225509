package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.qp.Reflusher;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A queue pair of kernel verbs (libibverbs: {@code ibv_qp}; kernel: {@code struct erdma_qp} with its {@code kern_qp}). Any thread may post, unless made for a
 * single thread; the other methods are for any thread always.
 */
public final class QueuePair extends DeviceQp implements AutoCloseable {
    private final QpInitAttributes attributes;
    private final KernelQueues queues;
    private final Reflusher reflusher;

    QueuePair(
            QpFactory factory, ProtectionDomain pd, QpInitAttributes attributes, KernelQueues queues,
            CommandChannel commands, Reflusher reflusher, int cookie, Releases uses, Releases memory) {
        super(factory, pd, queues.sendRing().qpn(), cookie, commands, uses,
                new Ownership(attributes.singleThreaded(), memory::close));
        this.attributes = attributes;
        this.queues = queues;
        this.reflusher = reflusher;
    }

    /**
     * Posts a chain of send requests (libibverbs: {@code ibv_post_send}). Requests from the first refused one on are not taken; those before are posted. On a
     * QP in error they are taken and come back flushed. Allocates nothing in working states, throws nothing.
     *
     * @param first the chain; it may be reused when this returns
     * @return a {@link PostResult}: what {@link io.erdma.qp.SendRing#postSend} refuses; EINVAL: a destroyed QP, also one that is destroyed meanwhile with its
     *     device
     */
    public long postSend(@Nullable SendRequest first) {
        if (!ownership.enter()) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        try {
            return posted(queues.sendRing().postSend(first));
        } catch (IllegalStateException unmapped) {
            return refusedAsGone(unmapped);
        } finally {
            ownership.leave();
        }
    }

    /**
     * Posts a chain of receive requests (libibverbs: {@code ibv_post_recv}), in any state. As {@link #postSend}.
     *
     * @param first the chain; an empty one (null) is no error
     * @return a {@link PostResult}: what {@link io.erdma.qp.ReceiveRing#postRecv} refuses; EINVAL: a destroyed QP
     */
    public long postRecv(@Nullable ReceiveRequest first) {
        if (!ownership.enter()) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        try {
            return posted(queues.receiveRing().postRecv(first));
        } catch (IllegalStateException unmapped) {
            return refusedAsGone(unmapped);
        } finally {
            ownership.leave();
        }
    }

    /** The registers were unmapped in the midst of a post: its device is gone, and the QP was destroyed before. */
    private long refusedAsGone(IllegalStateException unmapped) {
        if (ownership.destroyed()) {
            return PostResult.refused(Errno.EINVAL, 0);
        }
        throw unmapped;
    }

    private long posted(long result) {
        if (PostResult.taken(result) != 0) {
            reflusher.posted();
        }
        return result;
    }

    /** What it was made with. */
    public QpInitAttributes initAttributes() {
        return attributes;
    }

    /** The caller's own object. */
    public Optional<Object> context() {
        return attributes.context();
    }

    @Override
    QpCapabilities capabilities() {
        return capabilities(attributes.capabilities(), queues.sendRing().depth(), queues.receiveRing().depth());
    }

    @Override
    public QpSnapshot snapshot() {
        return new QpSnapshot(
                qpn(), pd().pdn(), cqn(attributes.sendCq()), cqn(attributes.receiveCq()), state(), cookie(),
                capabilities(),
                queues.sendRing().snapshot(), queues.receiveRing().snapshot(), ownership.count());
    }

    private static int cqn(Optional<CompletionQueue> cq) {
        return cq.map(CompletionQueue::cqn).orElse(0);
    }

    /**
     * Destroys it (libibverbs: {@code ibv_destroy_qp}): moves it to ERROR, so that its connection is dropped, and takes it from the device. A command that fails
     * is logged, and everything is freed all the same. Completions that were not polled are skipped from now on. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        destroyByOwner();
    }

    // A QP that is being destroyed needs none: its completions are skipped.
    @Override
    void startFlush() {
        if (!ownership.destroyed()) {
            reflusher.start();
        }
    }

    @Override
    void endFlush() {
        reflusher.close();
    }

    @Override
    void failed(EventSubscribers subscribers) {
        subscribers.tell(attributes.eventHandler(), new AsyncEvent.OfQueuePair(AsyncEventType.QP_FATAL, this));
    }
}
