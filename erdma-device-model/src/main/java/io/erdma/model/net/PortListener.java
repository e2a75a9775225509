package io.erdma.model.net;

import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A port that is listened on. At most {@code backlog} streams wait to be handed out; a SYN beyond is lost. Guarded by the network's lock. */
final class PortListener implements StreamListener {
    private final HostStack host;
    private final InetSocketAddress local;
    private final int address;
    private final Optional<Netdev> device;
    private final int backlog;
    private final Consumer<Stream> onAccept;
    private final ArrayDeque<StreamEnd> waiting = new ArrayDeque<>();

    PortListener(HostStack host, InetSocketAddress local, int address, Optional<Netdev> device, int backlog,
            Consumer<Stream> onAccept) {
        this.host = host;
        this.local = local;
        this.address = address;
        this.device = device;
        this.backlog = Math.max(1, backlog);
        this.onAccept = onAccept;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    /** Whether another listener can't have this port and address (0: all) beside this one. */
    boolean collides(int otherAddress, Optional<Netdev> otherDevice) {
        boolean apart = device.isPresent() && otherDevice.isPresent() && !device.equals(otherDevice);
        return !apart && (address == otherAddress || address == 0 || otherAddress == 0);
    }

    boolean serves(int target, Optional<Netdev> netdev) {
        return (address == 0 || address == target) && (device.isEmpty() || device.equals(netdev));
    }

    /** Of several that serve a connection the one with the highest figure takes it. */
    int exactness() {
        return (address == 0 ? 0 : 2) + (device.isPresent() ? 1 : 0);
    }

    boolean isFull() {
        return waiting.size() >= backlog;
    }

    void add(StreamEnd accepted) {
        waiting.addLast(accepted);
    }

    /** Hands a stream out, unless the port was closed before. Without locks. */
    void handOut(StreamEnd accepted) {
        boolean wanted;
        synchronized (host.network()) {
            wanted = waiting.remove(accepted);
        }
        if (wanted) {
            onAccept.accept(accepted);
        }
    }

    /** Takes away those that nobody will take; the port is forgotten already. */
    List<StreamEnd> takeWaiting() {
        List<StreamEnd> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    @Override
    public void close() {
        host.closePort(this);
    }
}
