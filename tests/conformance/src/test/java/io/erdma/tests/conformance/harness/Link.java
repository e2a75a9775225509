package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cm.RdmaCmEvent;
import io.erdma.cm.RdmaCmEventType;
import io.erdma.cm.RdmaCmId;
import io.erdma.cm.RdmaConnParam;
import io.erdma.cm.RdmaEventChannel;
import io.erdma.core.errno.ErrnoException;
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

    /** Connects two QPs by number, of whichever API. An {@link ErrnoException} says why it could not be. */
    public static Link connect(Host active, int from, Host passive, int to) {
        Closers made = new Closers();
        RdmaEventChannel outEvents = made.add(active.cm().createEventChannel());
        RdmaEventChannel inEvents = made.add(passive.cm().createEventChannel());
        try (RdmaCmId door = listen(passive, inEvents)) {
            RdmaCmId out = made.add(active.cm().createId(outEvents));
            out.resolveAddr(door.localAddress());
            expect(outEvents, RdmaCmEventType.ADDR_RESOLVED);
            out.resolveRoute();
            expect(outEvents, RdmaCmEventType.ROUTE_RESOLVED);
            out.connect(param(from));
            RdmaCmId in = made.add(expect(inEvents, RdmaCmEventType.CONNECT_REQUEST).id());
            in.accept(param(to));
            awaitEstablished(inEvents);
            awaitEstablished(outEvents);
            return new Link(out, outEvents, in, inEvents);
        } catch (RuntimeException | AssertionError e) {
            made.close();
            throw e;
        }
    }

    private static RdmaCmId listen(Host host, RdmaEventChannel events) {
        InetAddress address = host.device(Lab.LINK).orElseThrow().netdev().inetAddresses().getFirst();
        RdmaCmId door = host.cm().createId(events);
        door.bindAddr(new InetSocketAddress(address, 0));
        door.listen(1);
        return door;
    }

    private static void awaitEstablished(RdmaEventChannel channel) {
        RdmaCmEvent event = channel.get(LONG);
        event.status().ifPresent(errno -> {
            throw new ErrnoException(errno, event.toString());
        });
        assertThat(event.type()).as("%s", event).isEqualTo(RdmaCmEventType.ESTABLISHED);
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
