package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.QpPort;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.IwarpQpState;
import io.erdma.qp.ConnectionOwner;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.DeviceQp;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** The devices of a {@link DeviceRegistry}, and their QPs, as the connection manager uses them. */
final class VerbsDirectory implements DeviceDirectory {
    private final DeviceRegistry devices;

    VerbsDirectory(DeviceRegistry devices) { this.devices = devices; }

    @Override
    public List<DevicePort> all() {
        return devices.devices().stream().<DevicePort>map(device -> new Device(devices, device)).toList();
    }

    @Override
    public Optional<DevicePort> byNetdev(Netdev netdev) {
        return devices.byNetdev(netdev).map(device -> new Device(devices, device));
    }

    @Override
    public Optional<ErdmaDevice> verbs(DevicePort port) {
        return port instanceof Device(_, ErdmaDevice device) ? Optional.of(device) : Optional.empty();
    }

    @Override
    public Subscription subscribe(Observer observer) {
        return devices.subscribe(new DeviceRegistry.DeviceObserver() {
            @Override
            public void added(ErdmaDevice device) { observer.added(new Device(devices, device)); }

            @Override
            public void removed(ErdmaDevice device) { observer.removed(new Device(devices, device)); }
        })::close;
    }

    private record Device(DeviceRegistry devices, ErdmaDevice device) implements DevicePort {
        @Override
        public String name() { return device.name(); }

        @Override
        public Netdev netdev() { return device.netdev(); }

        @Override
        public int maxIrd() { return device.attributes().maxQpRdAtomic(); }

        @Override
        public int maxOrd() { return device.attributes().maxQpInitRdAtomic(); }

        @Override
        public boolean alive() { return devices.byName(device.name()).filter(device::equals).isPresent(); }

        @Override
        public Optional<QpPort> acquire(int qpn) {
            return alive() ? device.acquireQp(qpn).map(qp -> new Qp(device, qp)) : Optional.empty();
        }
    }

    /** One reference to a QP. Its end point uses it under its own lock. */
    private static final class Qp implements QpPort {
        private final ErdmaDevice device;
        private final DeviceQp qp;
        private Optional<ConnectionOwner> owner = Optional.empty();

        Qp(ErdmaDevice device, DeviceQp qp) {
            this.device = device;
            this.qp = qp;
        }

        @Override
        public boolean connectable() {
            return switch (qp.state()) {
                case IDLE, RTR -> true;
                case RTS, CLOSING, TERMINATE, ERROR -> false;
            };
        }

        @Override
        public boolean connected() { return qp.state() == IwarpQpState.RTS; }

        @Override
        public int cookie() { return qp.cookie(); }

        @Override
        public int congestionControl() { return device.capabilities().congestionControl().number(); }

        @Override
        public boolean attach(Runnable leftRts) {
            ConnectionOwner newOwner = new Owner(leftRts);
            try {
                qp.attach(newOwner);
            } catch (ErrnoException e) {
                return false;
            }
            owner = Optional.of(newOwner);
            return true;
        }

        @Override
        public void detach() { owner.ifPresent(qp::detach); }

        @Override
        public void connect(Handover to) {
            qp.connect(new ConnectionParameters(
                    CongestionControl.of(to.congestionControl()).orElse(CongestionControl.CUBIC),
                    to.peerCookie(), ipv4(to.local()), to.local().getPort(), ipv4(to.remote()), to.remote().getPort(),
                    to.sendSequence(), to.receiveSequence(), to.replyLength()), to.ord(), to.ird());
        }

        private static int ipv4(InetSocketAddress end) {
            return ByteBuffer.wrap(end.getAddress().getAddress()).getInt();
        }

        @Override
        public void streamClosed() { qp.streamClosed(); }

        @Override
        public void disconnect(boolean abrupt) { qp.modify(abrupt ? QpState.ERR : QpState.SQD); }

        @Override
        public void release() { qp.release(); }
    }

    private record Owner(Runnable leftRts) implements ConnectionOwner {
        @Override
        public void qpLeftRts() { leftRts.run(); }

        @Override
        public void qpFailedBeforeRts() { leftRts.run(); }
    }
}
