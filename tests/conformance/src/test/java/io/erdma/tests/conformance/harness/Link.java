package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.driver.Host;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A connection made by the connection manager: its two ids, and where they report. */
public record Link(RdmaCmId out, RdmaEventChannel outEvents, RdmaCmId in, RdmaEventChannel inEvents)
        implements
            AutoCloseable {
    /** A guard against hanging. */
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final int READS = 16;

    /** Connects two QPs by number, of whichever API. */
    public static Link connect(Host active, int from, Host passive, int to) {
        InetAddress address = passive.device(Lab.LINK).orElseThrow().netdev().inetAddresses().getFirst();
        RdmaEventChannel events = active.cm().createEventChannel();
        RdmaEventChannel doorEvents = passive.cm().createEventChannel();
        try (RdmaCmId door = passive.cm().createId(doorEvents)) {
            door.bindAddr(new InetSocketAddress(address, 0));
            door.listen(8);
            RdmaCmId out = active.cm().createId(events);
            out.resolveAddr(door.localAddress());
            expect(events, RdmaCmEventType.ADDR_RESOLVED);
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
        return RdmaConnParam.qp(qpn).withInitiatorDepth(READS).withResponderResources(READS);
    }

    /** The next event, which must be of this type. */
    public static RdmaCmEvent expect(RdmaEventChannel channel, RdmaCmEventType type) {
        RdmaCmEvent event = channel.get(LONG);
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }

    @Override
    public void close() {
        out.close();
        in.close();
        outEvents.close();
        inEvents.close();
    }
}
