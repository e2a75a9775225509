package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcStatus;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.driver.Host;
import io.erdma.provider.CompletionQueue;
import io.erdma.provider.Context;
import io.erdma.provider.CqInitAttributes;
import io.erdma.provider.MemoryRegion;
import io.erdma.provider.ProtectionDomain;
import io.erdma.provider.QpInitAttributes;
import io.erdma.provider.QueuePair;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** An application's end of a connection: user verbs on a context of its own, connected by the connection manager. */
final class UserEnd implements AutoCloseable {
    static final int BYTES = 64 << 10;
    static final QpCapabilities SIZES = new QpCapabilities(16, 16, 6, 1, 96);

    private static final Duration LONG = Duration.ofMinutes(2);

    final Context context;
    final ProtectionDomain pd;
    final CompletionQueue cq;
    final QueuePair qp;
    final MemorySegment memory;
    final MemoryRegion mr;
    private final Arena arena = Arena.ofShared();
    private final WorkCompletion[] one = WorkCompletion.array(1);

    private UserEnd(Context context, UnaryOperator<CqInitAttributes.Builder> cqSettings,
            UnaryOperator<QpInitAttributes.Builder> qpSettings) {
        this.context = context;
        memory = arena.allocate(BYTES, 4096);
        pd = context.allocPd();
        cq = context.createCq(cqSettings.apply(CqInitAttributes.of(256)).build());
        qp = pd.createQp(qpSettings.apply(QpInitAttributes.of(cq).capabilities(SIZES)).build());
        mr = pd.regMr(memory, Access.values());
    }

    static UserEnd of(Host host) { return of(host.openDevice("erdma0")); }

    static UserEnd of(Context context) { return of(context, settings -> settings, settings -> settings); }

    static UserEnd of(Context context, UnaryOperator<CqInitAttributes.Builder> cqSettings,
            UnaryOperator<QpInitAttributes.Builder> qpSettings) {
        return new UserEnd(context, cqSettings, qpSettings);
    }

    /** A connection of two ends that exist, which outlives this call only in the QPs: ends are disconnected by what they do. */
    static Link connect(Host active, UserEnd from, Host passive, UserEnd to) {
        return connect(active, from.qp.qpn(), passive, to.qp.qpn());
    }

    /** Connects two QPs by number: the connection manager asks nothing else. */
    static Link connect(Host active, int from, Host passive, int to) {
        InetAddress address = passive.device("erdma0").orElseThrow().netdev().inetAddresses().getFirst();
        RdmaEventChannel events = active.cm().createEventChannel();
        RdmaEventChannel doorEvents = passive.cm().createEventChannel();
        try (RdmaCmId door = passive.cm().createId(doorEvents)) {
            door.bindAddr(new InetSocketAddress(address, 0));
            door.listen(8);
            RdmaCmId out = active.cm().createId(events);
            out.resolveAddr(door.localAddress());
            expect(events, RdmaCmEventType.ADDR_RESOLVED);
            assertThat(out.device().orElseThrow().name()).isEqualTo("erdma0");
            out.resolveRoute();
            expect(events, RdmaCmEventType.ROUTE_RESOLVED);
            out.connect(param(from));
            RdmaCmId in = expect(doorEvents, RdmaCmEventType.CONNECT_REQUEST).id();
            in.accept(param(to));
            expect(doorEvents, RdmaCmEventType.ESTABLISHED);
            expect(events, RdmaCmEventType.ESTABLISHED);
            return new Link(out, events, in, doorEvents);
        }
    }

    private static RdmaConnParam param(int qpn) {
        return RdmaConnParam.qp(qpn).withInitiatorDepth(16).withResponderResources(16);
    }

    static RdmaCmEvent expect(RdmaEventChannel channel, RdmaCmEventType type) {
        RdmaCmEvent event = channel.get(LONG);
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }

    /** The two ids of a connection, and where they report. */
    record Link(RdmaCmId out, RdmaEventChannel outEvents, RdmaCmId in, RdmaEventChannel inEvents)
            implements
                AutoCloseable {
        @Override
        public void close() {
            out.close();
            in.close();
            outEvents.close();
            inEvents.close();
        }
    }

    long address(long offset) { return memory.address() + offset; }

    long getLong(long offset) { return memory.get(ValueLayout.JAVA_LONG, offset); }

    void putLong(long offset, long value) { memory.set(ValueLayout.JAVA_LONG, offset, value); }

    void fill(long offset, int length, int seed) {
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (seed + 31 * i));
        }
    }

    byte[] bytes(long offset, int length) { return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE); }

    void receive(long wrId, long offset, int length) {
        assertThat(qp.postRecv(mr.setTo(new ReceiveRequest(), wrId, offset, length))).isEqualTo(PostResult.ok(1));
    }

    void post(SendRequest request) {
        int requests = 0;
        for (SendRequest at = request; at != null; at = at.next) {
            requests++;
        }
        assertThat(qp.postSend(request)).isEqualTo(PostResult.ok(requests));
    }

    /** The next completion, waited for, which must be of this status. */
    WorkCompletion await(WcStatus status) {
        Await.until("there is a completion at " + cq, () -> cq.poll(1, one) != 0);
        assertThat(one[0].status).as("%s", one[0]).isEqualTo(status);
        return one[0];
    }

    WorkCompletion awaitOk() { return await(WcStatus.SUCCESS); }

    boolean nothingCompleted() { return cq.poll(1, one) == 0; }

    @Override
    public void close() {
        qp.close();
        mr.close();
        cq.close();
        pd.close();
        context.close();
        arena.close();
    }
}
