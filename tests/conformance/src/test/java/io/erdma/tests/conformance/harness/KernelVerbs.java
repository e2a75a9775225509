package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.verbs.CompletionChannel;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.CqInitAttributes;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.FastRegisterMr;
import io.erdma.verbs.Gid;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpAttributes;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QpModifyAttributes;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** {@link Verbs} by {@code io.erdma.verbs}. */
record KernelVerbs(ErdmaDevice device, Closers closers) implements Verbs {
    @Override
    public Api api() { return Api.KERNEL; }

    @Override
    public DeviceAttributes attributes() { return device.attributes(); }

    @Override
    public PortAttributes portAttributes(int port) { return device.portAttributes(port); }

    @Override
    public Gid gid(int port, int index) { return device.gid(port, index); }

    @Override
    public int completionVectors() { return device.completionVectors(); }

    @Override
    public VerbsPd allocPd() { return closers.add(new Pd(device.allocPd(), closers)); }

    @Override
    public VerbsChannel createChannel() { return closers.add(new Channel(device.createCompletionChannel())); }

    @Override
    public VerbsCq createCq(CqSpec spec) {
        Cq cq = new Cq();
        CqInitAttributes.Builder attributes = CqInitAttributes.of(spec.entries()).completionVector(spec.vector())
                .context(cq);
        spec.channel().ifPresent(channel -> attributes.channel(((Channel) channel).real));
        if (spec.singleThreaded()) {
            attributes.singleThreaded();
        }
        cq.real = device.createCq(attributes.build());
        return closers.add(cq);
    }

    @Override
    public void close() {}

    private record Pd(ProtectionDomain real, Closers closers) implements VerbsPd {
        @Override
        public VerbsMr regMr(MemorySegment memory, long iova, Access... access) {
            return closers.add(new Mr(real.regMr(memory, iova, access)));
        }

        @Override
        public VerbsMr getDmaMr(Access... access) { return closers.add(new Mr(real.getDmaMr(access))); }

        @Override
        public VerbsMr regMr(MemorySegment memory, long iova, int access) {
            throw new UnsupportedOperationException("kernel verbs name rights, and have no bits for others");
        }

        @Override
        public VerbsQp createQp(QpSpec spec) {
            Queue<AsyncEventType> events = new ConcurrentLinkedQueue<>();
            QpInitAttributes.Builder attributes = QpInitAttributes.builder().capabilities(spec.sizes())
                    .type(spec.type()).eventHandler(event -> events.add(event.type()));
            spec.sendCq().ifPresent(cq -> attributes.sendCq(((Cq) cq).real));
            spec.receiveCq().ifPresent(cq -> attributes.receiveCq(((Cq) cq).real));
            if (spec.signalAll()) {
                attributes.signalAll();
            }
            if (spec.singleThreaded()) {
                attributes.singleThreaded();
            }
            return closers.add(new Qp(real.createQp(attributes.build()), events));
        }

        @Override
        public FastRegisterMr allocMr(int pages) { return closers.add(real.allocMr(pages)); }

        @Override
        public void close() { real.close(); }
    }

    private record Mr(MemoryRegion real) implements VerbsMr {
        @Override
        public int lkey() { return real.lkey(); }

        @Override
        public int rkey() { return real.rkey(); }

        @Override
        public long address() { return real.iova(); }

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

        private static VerbsCq wrapper(CompletionQueue cq) { return (Cq) cq.context().orElseThrow(); }

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

    private record Qp(QueuePair real, Queue<AsyncEventType> seen) implements VerbsQp {
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

        @Override
        public List<AsyncEventType> events() { return List.copyOf(seen); }

        @Override
        public void close() { real.close(); }

        @Override
        public String toString() { return real.toString(); }
    }
}
