package io.erdma.driver;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.link.Link;
import io.erdma.core.link.LinkRegistry;
import io.erdma.core.link.LinkType;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.hw.PciIds;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ERDMA driver of one host: it brings functions up and, as the link type {@code erdma}, binds them to interfaces (kernel: {@code erdma_main.c};
 * driver-behaviour §2, §3). A function that was brought up is a candidate; nothing of it is usable before {@code newlink}.
 *
 * <p>All changes happen under the lock of the interfaces, which the link registry holds when it calls here. Thread-safe.
 */
public final class ErdmaDriver implements LinkType, AutoCloseable {
    /** Name of the link type. */
    public static final String TYPE = "erdma";

    private static final Logger LOG = LoggerFactory.getLogger(ErdmaDriver.class);

    private final HostServices services;
    private final NetdevRegistry netdevs;
    private final LinkRegistry links;
    private final DeviceRegistry devices;
    private final int vectorsWanted;
    private final List<Adapter> adapters = new CopyOnWriteArrayList<>();

    ErdmaDriver(
            HostServices services, NetdevRegistry netdevs, LinkRegistry links, DeviceRegistry devices,
            int vectorsWanted) {
        this.services = services;
        this.netdevs = netdevs;
        this.links = links;
        this.devices = devices;
        this.vectorsWanted = vectorsWanted;
        links.registerType(this);
    }

    @Override
    public String name() {
        return TYPE;
    }

    /** Whether a function is one that this driver drives. */
    public static boolean drives(PciFunction function) {
        return function.identity().vendor() == PciIds.VENDOR && function.identity().device() == PciIds.DEVICE;
    }

    /**
     * Brings a function up, so that {@code newlink} can bind it. On failure nothing is held and the function is reset.
     *
     * @throws ErrnoException EINVAL: the function is of another kind, has other BARs than 0 and 2, or reports values out of range; EBUSY: it is brought
     *     up already; EFAULT: its BAR can't be mapped; ENODEV: it does not work or is gone; ETIMEDOUT: it does not come up; EOPNOTSUPP: it speaks RoCEv2; EIO
     *     or ETIME: a command failed; ENOMEM, ENOSPC: the host has no memory or vectors
     */
    public void probe(PciFunction function) {
        if (!drives(function)) {
            throw new ErrnoException(Errno.EINVAL, "no ERDMA function: " + function.identity());
        }
        netdevs.locked(() -> {
            if (find(function).isPresent()) {
                throw new ErrnoException(Errno.EBUSY,
                        "function " + function.identity().address() + " is probed already");
            }
            Adapter adapter = BringUp.run(function, services, vectorsWanted, () -> died(function));
            adapters.add(adapter);
            return adapter;
        });
        netdevs.locked(() -> {
            find(function).ifPresent(adapter -> adapter.watch(function.onRemoval(() -> vanished(function))));
            return true;
        });
    }

    @SuppressWarnings("ReferenceEquality") // a function is itself and no other
    private Optional<Adapter> find(PciFunction function) {
        return adapters.stream().filter(a -> a.function() == function).findFirst();
    }

    /** Removes a function: its link goes first, then the bring-up is undone. No effect for one that is not probed. */
    public void remove(PciFunction function) {
        netdevs.locked(() -> {
            find(function).ifPresent(this::remove);
            return true;
        });
    }

    private void remove(Adapter adapter) {
        links.links().stream()
                .filter(link -> link instanceof ErdmaLink ours && ours.isOn(adapter))
                .forEach(link -> links.dellink(link.name()));
        adapters.remove(adapter);
        adapter.close();
    }

    @Override
    public Link create(String linkName, Netdev netdev, Optional<String> function) {
        Adapter adapter = choose(netdev, function);
        ErdmaDevice device = adapter.bind(linkName, netdev);
        try {
            devices.register(device);
        } catch (ErrnoException e) {
            adapter.unbind();
            throw e;
        }
        return new ErdmaLink(linkName, netdev, netdevs, adapter, device, devices);
    }

    /** The candidate whose peer MAC is the interface's permanent address. */
    private Adapter choose(Netdev netdev, Optional<String> wanted) {
        List<Adapter> candidates = adapters.stream()
                .filter(a -> !a.isBound() && a.function().present())
                .filter(a -> wanted.isEmpty() || wanted.get().equals(a.identity().address()))
                .toList();
        if (candidates.isEmpty()) {
            throw new ErrnoException(
                    Errno.ENODEV,
                    wanted.map(w -> "function " + w + " is not there or not free").orElse("no free ERDMA function"));
        }
        return candidates.stream()
                .filter(a -> a.peerAddress().equals(netdev.permanentAddress()))
                .findFirst()
                .orElseThrow(() -> mismatch(netdev, candidates));
    }

    private static ErrnoException mismatch(Netdev netdev, List<Adapter> candidates) {
        String theirs = candidates.stream()
                .map(a -> a.identity().address() + " belongs to " + a.peerAddress())
                .collect(Collectors.joining(", "));
        return new ErrnoException(
                Errno.EINVAL, "interface %s has the permanent address %s, but %s"
                        .formatted(netdev.name(), netdev.permanentAddress(), theirs));
    }

    private void died(PciFunction function) {
        LOG.debug("function {} no longer answers commands", function.identity().address());
        onDriverQueue(() -> find(function).ifPresent(Adapter::fail));
    }

    private void vanished(PciFunction function) {
        find(function).ifPresent(Adapter::fail);
        onDriverQueue(() -> remove(function));
    }

    private void onDriverQueue(Runnable work) {
        try {
            services.driverQueue().execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("the host is closing", e);
        }
    }

    /** What there is to see of every function that was brought up. */
    public List<AdapterState> adapters() {
        return adapters.stream().map(Adapter::state).toList();
    }

    /** Removes all links of the type and all functions. Idempotent. */
    @Override
    public void close() {
        links.unregisterType(TYPE);
        netdevs.locked(() -> {
            List.copyOf(adapters).reversed().forEach(this::remove);
            return true;
        });
    }
}
