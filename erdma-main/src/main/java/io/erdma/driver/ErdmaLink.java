package io.erdma.driver;

import io.erdma.core.link.Link;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevEvent;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;

/**
 * A device bound to an interface (kernel: {@code erdma_device_register}, {@code erdma_netdev_event}). It hands the interface's changes on to the device;
 * what ends the link, its going or a new address, is the registry's business.
 */
final class ErdmaLink implements Link {
    private final String name;
    private final Netdev netdev;
    private final Adapter adapter;
    private final ErdmaDevice device;
    private final DeviceRegistry devices;
    private final NetdevRegistry.Subscription subscription;

    ErdmaLink(
            String name, Netdev netdev, NetdevRegistry netdevs, Adapter adapter, ErdmaDevice device,
            DeviceRegistry devices) {
        this.name = name;
        this.netdev = netdev;
        this.adapter = adapter;
        this.device = device;
        this.devices = devices;
        this.subscription = netdevs.subscribe(this::netdevChanged);
    }

    private void netdevChanged(Netdev changed, NetdevEvent event) {
        if (changed != netdev) {
            return;
        }
        switch (event) {
            case CHANGE_MTU -> device.mtuChanged(netdev.mtu());
            case UP, DOWN -> device.portChanged(netdev.running());
            case REGISTER, CHANGE_ADDRESS, CHANGE_INET, UNREGISTER -> {
                // the registry ends the link where it must end
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return ErdmaDriver.TYPE;
    }

    @Override
    public Netdev netdev() {
        return netdev;
    }

    boolean isOn(Adapter other) {
        return adapter == other;
    }

    @Override
    public void remove() {
        subscription.close();
        devices.unregister(device);
        adapter.unbind();
    }
}
