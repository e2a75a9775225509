package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RDMA devices of a host (kernel: {@code ib_register_device}, {@code ib_register_client}, {@code ib_device_get_by_netdev}). An observer that throws keeps
 * neither the others from hearing, nor the device from coming or going. Thread-safe.
 */
public final class DeviceRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceRegistry.class);

    private final List<ErdmaDevice> devices = new CopyOnWriteArrayList<>();
    private final List<DeviceObserver> observers = new CopyOnWriteArrayList<>();

    /** No devices. */
    public DeviceRegistry() {}

    /** Makes a device known; observers hear of it. EEXIST: its name is taken, or it is registered. */
    public void register(ErdmaDevice device) {
        synchronized (devices) {
            if (byName(device.name()).isPresent()) {
                throw new ErrnoException(Errno.EEXIST, "device " + device.name() + " exists");
            }
            devices.add(device);
        }
        tell(observer -> observer.added(device));
    }

    /** Forgets a device; then observers hear of it, while it still works: they let go of its objects. It is for the caller to close it. No effect if unknown. */
    public void unregister(ErdmaDevice device) {
        boolean known;
        synchronized (devices) {
            known = devices.remove(device);
        }
        if (known) {
            tell(observer -> observer.removed(device));
        }
    }

    private void tell(Consumer<DeviceObserver> news) {
        for (DeviceObserver observer : observers) {
            try {
                news.accept(observer);
            } catch (RuntimeException e) {
                LOG.debug("an observer of devices failed", e);
            }
        }
    }

    /** All devices, in the order in which they were registered. */
    public List<ErdmaDevice> devices() {
        return List.copyOf(devices);
    }

    /** The device of a name. */
    public Optional<ErdmaDevice> byName(String name) {
        return devices.stream().filter(device -> device.name().equals(name)).findFirst();
    }

    /** The device that is bound to an interface. */
    public Optional<ErdmaDevice> byNetdev(Netdev netdev) {
        return devices.stream().filter(device -> device.netdev() == netdev).findFirst();
    }

    /** Adds an observer, in the thread of the change, with no lock held. Devices that are there already are not reported. */
    public Subscription subscribe(DeviceObserver observer) {
        observers.add(observer);
        return () -> observers.remove(observer);
    }

    /** Hears of devices. */
    public interface DeviceObserver {
        /** A device appeared. */
        default void added(ErdmaDevice device) {}

        /** A device goes; it still works during the call. */
        default void removed(ErdmaDevice device) {}
    }
}
