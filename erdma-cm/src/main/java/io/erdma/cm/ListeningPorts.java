package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.IwEvent;
import io.erdma.cm.iwarp.ListeningEndPoint;
import io.erdma.core.errno.ErrnoException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening end points of one id: one, or on the wildcard address one a device, all on the same port (kernel: {@code cma_listen_on_all}). Its id's lock guards it. */
final class ListeningPorts {
    private static final Logger LOG = LoggerFactory.getLogger(ListeningPorts.class);

    private final ConnectionManager manager;
    private final int backlog;
    private final Consumer<IwEvent> consumer;
    private final boolean wildcard;
    private final Map<DevicePort, ListeningEndPoint> endPoints = new LinkedHashMap<>();
    private InetSocketAddress local;

    ListeningPorts(ConnectionManager manager, InetSocketAddress local, int backlog, Consumer<IwEvent> consumer) {
        this.manager = manager;
        this.local = local;
        this.wildcard = local.getAddress().isAnyLocalAddress();
        this.backlog = backlog;
        this.consumer = consumer;
    }

    /** Listens on {@code device}, or if it is empty on all there are. What one refuses, all refuse. */
    void open(Optional<DevicePort> device) {
        try {
            device.ifPresentOrElse(this::listenOn, () -> manager.directory().all().forEach(this::listenOn));
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    private void listenOn(DevicePort device) {
        ListeningEndPoint opened = ListeningEndPoint.listen(manager.endPoints(), device, local, backlog, consumer);
        endPoints.put(device, opened);
        local = new InetSocketAddress(local.getAddress(), opened.local().getPort());
    }

    /** A device came; one whose port is taken is left out. */
    void add(DevicePort device) {
        if (wildcard && !endPoints.containsKey(device)) {
            try {
                listenOn(device);
            } catch (ErrnoException e) {
                LOG.debug("not listening on {}", device.name(), e);
            }
        }
    }

    void remove(DevicePort device) { endPoints.remove(device); }

    /** Address and port; port 0 as long as no device was there to choose one. */
    InetSocketAddress local() {
        return local;
    }

    void close() {
        endPoints.values().forEach(ListeningEndPoint::close);
        endPoints.clear();
    }
}
