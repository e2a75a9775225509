package io.erdma.driver;

import io.erdma.cm.ConnectionManager;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.ThreadWorkQueue;
import io.erdma.core.exec.WorkQueue;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.host.Machine;
import io.erdma.core.link.LinkRegistry;
import io.erdma.core.process.UserProcess;
import io.erdma.hw.PciIds;
import io.erdma.provider.Context;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host with the driver loaded: the machine's ERDMA functions are brought up, links can be made, connections too. This is where an embedding program
 * begins, with kernel verbs ({@link #device}) or user verbs ({@link #openDevice}).
 *
 * <pre>{@code
 * try (Host host = Host.on(machine)) {
 *     host.links().newlink("erdma", "erdma0", "eth0");
 *     ErdmaDevice device = host.device("erdma0").orElseThrow();
 * }
 * }</pre>
 *
 * <p>Thread-safe. Closing it removes the links, the functions, and the threads that it started.
 */
public final class Host implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);

    private final Machine machine;
    private final HostServices services;
    private final UndoStack undo = new UndoStack();
    private final DeviceRegistry devices = new DeviceRegistry();
    private final LinkRegistry links;
    private final ErdmaDriver driver;
    private final UserProcess process;
    private final ConnectionManager cm;

    private Host(Builder builder) {
        machine = builder.machine;
        services = new HostServices(
                builder.clock,
                builder.driverQueue.orElseGet(() -> ownQueue("driver")),
                builder.cmQueue.orElseGet(() -> ownQueue("cm")),
                builder.interrupts.orElseGet(machine::interruptExecutor));
        links = new LinkRegistry(machine.netdevs());
        undo.push(links::close);
        driver = new ErdmaDriver(services, machine.netdevs(), links, devices, builder.vectors);
        undo.push(driver::close);
        process = new UserProcess(machine.name(), true, machine.ledger());
        undo.push(process::close);
        cm = new ConnectionManager(machine.streams(), machine.netdevs(), devices, services.cmQueue());
        undo.push(cm::close);
    }

    private WorkQueue ownQueue(String purpose) {
        ThreadWorkQueue queue = new ThreadWorkQueue("erdma-" + purpose + "-" + machine.name(), machine.ledger());
        undo.push(queue::close);
        return queue;
    }

    /**
     * A host on a machine, with threads of its own for delayed work and connections. Each ERDMA function is probed; one that can't be brought up is left alone
     * and logged: {@link #driver()} tells what came up.
     */
    public static Host on(Machine machine) { return builder(machine).start(); }

    /** A host with other settings. */
    public static Builder builder(Machine machine) { return new Builder(machine); }

    private Host probeAll() {
        for (PciFunction function : machine.functions()) {
            if (ErdmaDriver.drives(function)) {
                try {
                    driver.probe(function);
                } catch (ErrnoException e) {
                    LOG.warn("function {} cannot be brought up: {}", function.identity().address(), e.getMessage());
                }
            }
        }
        return this;
    }

    /** The machine that it runs on. */
    public Machine machine() { return machine; }

    /** Where links are made and removed. */
    public LinkRegistry links() { return links; }

    /** Connections. */
    public ConnectionManager cm() { return cm; }

    /** The driver: functions that were brought up. */
    public ErdmaDriver driver() { return driver; }

    /** The devices of all links. */
    public DeviceRegistry devices() { return devices; }

    /** The device of a link. */
    public Optional<ErdmaDevice> device(String link) { return devices.byName(link); }

    /** Names of the devices that an application can open (libibverbs: {@code ibv_get_device_list}), in the order in which they came. */
    public List<String> deviceNames() {
        return devices.devices().stream().map(ErdmaDevice::name).toList();
    }

    /**
     * Opens a device for an application, with user verbs (libibverbs: {@code ibv_open_device}). The application is the embedding program itself, which has raw-I/O
     * privilege as it may do all else here; what it has open is closed with the host.
     *
     * @throws ErrnoException ENODEV: no such device; what {@link Context#open} refuses
     */
    public Context openDevice(String name) { return openDevice(name, process); }

    /** Opens a device for a certain application, such as one of {@link #startProcess}. Refuses as {@link #openDevice(String)}. */
    public Context openDevice(String name, UserProcess application) {
        ErdmaDevice device = devices.byName(name)
                .orElseThrow(() -> new ErrnoException(Errno.ENODEV, "no device " + name));
        return Context.open(device, application);
    }

    /**
     * An application of its own on this host, which the caller ends by closing it, before the host: its contexts and memory go then, whatever it was doing.
     *
     * @param rawIo whether it has raw-I/O privilege: without it, it can open devices with extended doorbells only
     */
    public UserProcess startProcess(String name, boolean rawIo) {
        return new UserProcess(name, rawIo, machine.ledger());
    }

    /** Ends connections, removes links and functions, stops the threads. Idempotent. */
    @Override
    public void close() { undo.unwind(); }

    /** Settings of a {@link Host}. Whatever is handed in is not closed by the host. */
    public static final class Builder {
        private final Machine machine;
        private Clock clock = Clock.system();
        private Optional<WorkQueue> driverQueue = Optional.empty();
        private Optional<WorkQueue> cmQueue = Optional.empty();
        private Optional<Executor> interrupts = Optional.empty();
        private int vectors = Math.min(Runtime.getRuntime().availableProcessors() + 1, PciIds.MAX_VECTORS);

        private Builder(Machine machine) { this.machine = machine; }

        /** Time for commands and bring-up; the system's unless set. */
        public Builder clock(Clock newClock) {
            clock = newClock;
            return this;
        }

        /** Runs delayed commands and removals; a thread of the host's unless set. */
        public Builder driverQueue(WorkQueue queue) {
            driverQueue = Optional.of(queue);
            return this;
        }

        /** Runs the connection manager; a thread of the host's unless set. */
        public Builder cmQueue(WorkQueue queue) {
            cmQueue = Optional.of(queue);
            return this;
        }

        /** Runs interrupt handlers; the machine's executor unless set. */
        public Builder interrupts(Executor executor) {
            interrupts = Optional.of(executor);
            return this;
        }

        /** How many MSI-X vectors to ask for, cut to 1–32; processors + 1 unless set. */
        public Builder vectors(int count) {
            vectors = Math.clamp(count, 1, PciIds.MAX_VECTORS);
            return this;
        }

        /** The host, its functions probed. */
        public Host start() { return new Host(this).probeAll(); }
    }
}
