package io.erdma.core.testing;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A port that is listened on. As many streams as the backlog says (at least one) may stand without being handed out; a SYN beyond that
 * waits, as the peer repeats it. Its state is guarded by the network's lock.
 */
final class FakeListener implements StreamListener {
    private final FakeStack stack;
    private final InetSocketAddress local;
    private final Optional<Netdev> device;
    private final int backlog;
    private final Consumer<Stream> onAccept;
    private final ArrayDeque<FakeStream> standing = new ArrayDeque<>();
    private final ArrayDeque<FakeStream> knocking = new ArrayDeque<>();

    FakeListener(FakeStack stack, InetSocketAddress local, Optional<Netdev> device, int backlog,
            Consumer<Stream> onAccept) {
        this.stack = stack;
        this.local = local;
        this.device = device;
        this.backlog = Math.max(1, backlog);
        this.onAccept = onAccept;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    boolean collides(Inet4Address address, int port, Optional<Netdev> otherDevice) {
        boolean apart = device.isPresent() && otherDevice.isPresent() && !device.equals(otherDevice);
        return !apart && local.getPort() == port
                && (local.getAddress().equals(address) || isWildcard() || address.isAnyLocalAddress());
    }

    boolean serves(InetSocketAddress end, Optional<Netdev> netdev) {
        return local.getPort() == end.getPort() && (isWildcard() || local.getAddress().equals(end.getAddress()))
                && (device.isEmpty() || device.equals(netdev));
    }

    int exactness() {
        return (isWildcard() ? 0 : 2) + (device.isPresent() ? 1 : 0);
    }

    private boolean isWildcard() {
        return local.getAddress().isAnyLocalAddress();
    }

    /** A SYN has come. Under the lock. */
    void knock(FakeStream opener) {
        if (standing.size() == backlog) {
            knocking.add(opener);
            return;
        }
        FakeStream accepted = FakeStream.answering(stack, opener);
        stack.add(accepted);
        standing.add(accepted);
        stack.network().post(opener::answered);
        stack.network().post(() -> handOut(accepted));
    }

    private void handOut(FakeStream accepted) {
        synchronized (stack.network().lock) {
            if (!standing.remove(accepted)) {
                return; // the port was closed meanwhile
            }
            knocking.removeIf(opener -> !opener.isConnecting());
            FakeStream next = knocking.poll();
            if (next != null) {
                stack.network().post(next::knock);
            }
        }
        stack.network().flush();
        onAccept.accept(accepted);
    }

    @Override
    public void close() {
        List<FakeStream> concerned = new ArrayList<>();
        synchronized (stack.network().lock) {
            if (!stack.remove(this)) {
                return;
            }
            for (FakeStream opener : knocking) {
                opener.fail(Errno.ECONNREFUSED);
                concerned.add(opener);
            }
            for (FakeStream accepted : standing) {
                concerned.add(accepted.abandon());
            }
            knocking.clear();
            standing.clear();
            concerned.forEach(stream -> stack.network().post(stream::tell));
        }
        stack.network().flush();
    }
}
