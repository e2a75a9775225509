package io.erdma.cm;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.core.net.Netdev;
import io.erdma.verbs.ErdmaDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Devices that come and go as a test says. */
final class FakeDirectory implements DeviceDirectory {
    private final List<FakeDevice> devices = new ArrayList<>();
    private final List<Observer> observers = new ArrayList<>();
    private final Map<DevicePort, ErdmaDevice> verbs = new HashMap<>();

    void add(FakeDevice device) {
        devices.add(device);
        observers.forEach(observer -> observer.added(device));
    }

    void remove(FakeDevice device) {
        devices.remove(device);
        device.die();
        observers.forEach(observer -> observer.removed(device));
    }

    /** What stands behind a device for those who create objects on it. */
    void verbs(FakeDevice device, ErdmaDevice behind) {
        verbs.put(device, behind);
    }

    int observers() { return observers.size(); }

    @Override
    public List<DevicePort> all() { return List.copyOf(devices); }

    @Override
    public Optional<DevicePort> byNetdev(Netdev netdev) {
        return devices.stream().<DevicePort>map(device -> device).filter(device -> device.netdev() == netdev)
                .findFirst();
    }

    @Override
    public Optional<ErdmaDevice> verbs(DevicePort port) { return Optional.ofNullable(verbs.get(port)); }

    @Override
    public Subscription subscribe(Observer observer) {
        observers.add(observer);
        return () -> observers.remove(observer);
    }
}
