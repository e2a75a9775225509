package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.provider.AsyncEvent;
import io.erdma.provider.CompletionChannel;
import io.erdma.provider.CompletionQueue;
import io.erdma.provider.Context;
import io.erdma.provider.CqInitAttributes;
import io.erdma.provider.MemoryRegion;
import io.erdma.provider.ProtectionDomain;
import io.erdma.provider.QpInitAttributes;
import io.erdma.provider.QueuePair;
import io.erdma.verbs.FastRegisterMr;
import io.erdma.verbs.Gid;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpModifyAttributes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** {@link Verbs} by {@code io.erdma.provider}. */
record UserVerbs(Context context, int completionVectors, Closers closers) implements Verbs {
    @Override
    public Api api() { return Api.USER; }

    @Override
    public DeviceAttributes attributes() { return context.attributes(); }

    @Override
    public PortAttributes portAttributes(int port) { return context.portAttributes(port); }

    @Override
    public Gid gid(int port, int index) { return context.gid(port, index); }

    @Override
    public VerbsPd allocPd() { return closers.add(new Pd(context.allocPd(), closers)); }

    @Override
    public VerbsChannel createChannel() { return closers.add(new Channel(context.createCompletionChannel())); }

    @Override
    public VerbsCq createCq(CqSpec spec) {
        Cq cq = new Cq();
        CqInitAttributes.Builder attributes = CqInitAttributes.of(spec.entries()).completionVector(spec.vector())
                .attachment(cq);
        spec.channel().ifPresent(channel -> attributes.channel(((Channel) channel).real));
        if (spec.singleThreaded()) {
            attributes.singleThreaded();
        }
        cq.real = context.createCq(attributes.build());
        return closers.add(cq);
    }

    @Override
    public void close() { context.close(); }

    private record Pd(ProtectionDomain real, Closers closers) implements VerbsPd {
        @Override
        public VerbsMr regMr(MemorySegment memory, long iova, Access... access) {
            return closers.add(new Mr(real.regMr(memory, iova, access)));
        }

        @Override
        public VerbsMr getDmaMr(Access... access) {
            throw new UnsupportedOperationException("user verbs have no region of all memory");
        }

        @Override
        public VerbsMr regMr(MemorySegment memory, long iova, int access) {
            return closers.add(new Mr(real.regMr(memory, iova, access)));
        }

        @Override
        public VerbsQp createQp(QpSpec spec) {
            Qp qp = new Qp();
            QpInitAttributes.Builder attributes = QpInitAttributes.builder().capabilities(spec.sizes())
                    .type(spec.type()).attachment(qp);
            spec.sendCq().ifPresent(cq -> attributes.sendCq(((Cq) cq).real));
            spec.receiveCq().ifPresent(cq -> attributes.receiveCq(((Cq) cq).real));
            if (spec.signalAll()) {
                attributes.signalAll();
            }
            if (spec.singleThreaded()) {
                attributes.singleThreaded();
            }
            qp.real = real.createQp(attributes.build());
            return closers.add(qp);
        }

        @Override
        public FastRegisterMr allocMr(int pages) {
            throw new UnsupportedOperationException("user verbs have no fast registration");
        }

        @Override
        public void close() { real.close(); }
    }

    private record Mr(MemoryRegion real) implements VerbsMr {
        @Override
        public int lkey() { return real.lkey(); }

        @Override
        public int rkey() { return real.rkey(); }

        @Override
        public long address() { return real.address(); }

        @Override
        public long length() { return real.length(); }

        @Override
        public Set<Access> access() { return real.access(); }

        @Override
        public void close() { real.close(); }
    }

    private record Channel(CompletionChannel real) implements VerbsChannel {
        @Override
        public VerbsCq getEvent() throws InterruptedException { return wrapper(real.getEvent()); }

        @Override
        public Optional<VerbsCq> pollEvent() { return real.pollEvent().map(Channel::wrapper); }

        private static VerbsCq wrapper(CompletionQueue cq) { return (Cq) cq.attachment().orElseThrow(); }

        @Override
        public void close() { real.close(); }
    }

    private static final class Cq implements VerbsCq {
        private CompletionQueue real;

        @Override
        public int cqn() { return real.cqn(); }

        @Override
        public int entries() { return real.entries(); }

        @Override
        public int poll(int max, WorkCompletion[] into) { return real.poll(max, into); }

        @Override
        public boolean reqNotify(NotifyKind kind) { return real.reqNotify(kind); }

        @Override
        public void ackEvents(int count) { real.ackEvents(count); }

        @Override
        public void close() { real.close(); }

        @Override
        public String toString() { return real.toString(); }
    }

    private static final class Qp implements VerbsQp {
        private final Queue<AsyncEventType> seen = new ConcurrentLinkedQueue<>();
        private QueuePair real;

        @Override
        public int qpn() { return real.qpn(); }

        @Override
        public long postSend(SendRequest first) { return real.postSend(first); }

        @Override
        public long postRecv(ReceiveRequest first) { return real.postRecv(first); }

        @Override
        public void modify(QpModifyAttributes change) { real.modify(change); }

        @Override
        public QpAttributes query() { return real.query(); }

        // A context has one queue of events for all its objects: each goes to the QP that it is about.
        @Override
        public List<AsyncEventType> events() {
            for (Optional<AsyncEvent> next = real.context().pollAsyncEvent(); next.isPresent(); next = real.context()
                    .pollAsyncEvent()) {
                if (next.get() instanceof AsyncEvent.OfQueuePair(AsyncEventType type, QueuePair qp)) {
                    ((Qp) qp.attachment().orElseThrow()).seen.add(type);
                }
            }
            return List.copyOf(seen);
        }

        @Override
        public void close() { real.close(); }

        @Override
        public String toString() { return real.toString(); }
    }
}
