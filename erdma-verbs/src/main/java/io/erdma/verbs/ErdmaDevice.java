package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.net.Netdev;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.Limits;
import io.erdma.hw.PciIds;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfMtu;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An RDMA device: a function that is bound to a netdev (libibverbs: {@code ibv_context}; kernel: {@code struct ib_device}, {@code erdma_verbs.c}). It is made
 * by newlink out of what probe has brought up, and closed by dellink or removal. Safe for use by several threads.
 */
public final class ErdmaDevice implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ErdmaDevice.class);

    private final String name;
    private final DeviceParts parts;
    private final Netdev netdev;
    private final Port port;
    private final Lifetime lifetime;
    private final EventSubscribers subscribers = new EventSubscribers();
    private final ObjectTable<ProtectionDomain> pds = new ObjectTable<>("PD", Limits.PDS, Errno.ENOSPC);
    private final MemoryRegistrar memory;
    private final QpFactory queuePairs;
    private final CqFactory completionQueues;
    private final UserContexts contexts;
    private final Set<CompletionChannel> channels = Collections.newSetFromMap(new ConcurrentHashMap<>());

    private ErdmaDevice(String name, DeviceParts parts, Netdev netdev) {
        this.name = name;
        this.parts = parts;
        this.netdev = netdev;
        this.port = new Port(netdev, parts.peerAddress());
        this.lifetime = new Lifetime(name);
        this.memory = new MemoryRegistrar(parts.function(), parts.commands(), parts.capabilities(), lifetime);
        this.queuePairs = new QpFactory(parts, lifetime, port);
        this.completionQueues = new CqFactory(parts, lifetime, queuePairs);
        this.contexts = new UserContexts(parts, lifetime, completionQueues, queuePairs, Limits.CONTEXTS);
    }

    /** Binds what probe has brought up to a netdev; events come from now on. Whether the two belong together is for newlink to check. */
    public static ErdmaDevice create(String name, DeviceParts parts, Netdev netdev) {
        ErdmaDevice device = new ErdmaDevice(name, parts, netdev);
        parts.events().attach(
                new AsyncDispatch(device.queuePairs.table(), device.completionQueues.table(), device.subscribers),
                device.completionQueues);
        return device;
    }

    /** Its name, such as {@code erdma_0}. */
    public String name() {
        return name;
    }

    /** Its network interface. */
    public Netdev netdev() {
        return netdev;
    }

    /** What the device itself said of itself. */
    public DeviceCapabilities capabilities() {
        return parts.capabilities();
    }

    /** How many completion vectors there are, from 0. */
    public int completionVectors() {
        return parts.completionVectors();
    }

    /** EUI-64 of the netdev's address, most significant byte first. */
    public long nodeGuid() {
        return port.nodeGuid();
    }

    /** Asks for its attributes (libibverbs: {@code ibv_query_device}; kernel: {@code erdma_query_device}). Refuses nothing. */
    public DeviceAttributes attributes() {
        DeviceCapabilities can = parts.capabilities();
        PciIdentity identity = parts.function().identity();
        return new DeviceAttributes(
                can.firmwareVersion(), nodeGuid(), nodeGuid(), can.maxMrBytes(), Limits.MR_PAGE_SIZES, PciIds.VENDOR,
                identity.device(),
                identity.revision(), can.maxQp() - 1, Math.min(Limits.SEND_WRS, can.maxRecvWr()), Limits.SEND_SGES,
                Limits.RECEIVE_SGES,
                Limits.READ_SGES, can.maxCq() - 1, can.maxCqe(), can.maxMr(), can.maxMw(), Limits.PDS, Limits.IRD,
                Limits.ORD,
                Limits.IRD * can.maxQp(), Limits.FAST_REGISTER_PAGES, 0, can.atomics(), true, can.localDmaKey());
    }

    /** Asks for a port's attributes (libibverbs: {@code ibv_query_port}). EINVAL: a port other than 1. */
    public PortAttributes portAttributes(int portNumber) {
        Port.check(portNumber);
        return port.attributes();
    }

    /** An entry of a port's GID table (libibverbs: {@code ibv_query_gid}). EINVAL: a port other than 1, an index other than 0. */
    public Gid gid(int portNumber, int index) {
        Port.check(portNumber);
        return port.gid(index);
    }

    /**
     * The device's counters, asked for anew at each call.
     *
     * @throws ErrnoException EINVAL: a port other than 1, or an answer without its magic; ENOMEM; ENODEV; the command channel's errors
     */
    public DeviceStatistics stats(int portNumber) {
        Port.check(portNumber);
        lifetime.check();
        return DeviceStatistics.query(parts.commands(), parts.responses());
    }

    /** Makes a PD (libibverbs: {@code ibv_alloc_pd}). ENOSPC: no number left; ENODEV: the device is being removed. */
    public ProtectionDomain allocPd() {
        lifetime.check();
        int pdn = pds.reserve();
        ProtectionDomain pd = new ProtectionDomain(
                pds, pdn, memory, (self, attributes) -> queuePairs.create(self, attributes, completionQueues));
        pds.publish(pdn, pd);
        lifetime.checkMade(pd::remove);
        return pd;
    }

    /** Makes a channel for completion events (libibverbs: {@code ibv_create_comp_channel}). ENODEV: the device is being removed. */
    public CompletionChannel createCompletionChannel() {
        lifetime.check();
        CompletionChannel channel = new CompletionChannel(lifetime, channels::remove);
        channels.add(channel);
        lifetime.checkMade(channel::end);
        return channel;
    }

    /** Makes a CQ on vector 0 that tells nobody; see {@link #createCq(CqInitAttributes)}. */
    public CompletionQueue createCq(int entries) {
        return createCq(CqInitAttributes.of(entries).build());
    }

    /**
     * Makes a CQ (libibverbs: {@code ibv_create_cq}; kernel: {@code erdma_create_cq}).
     *
     * @throws ErrnoException EINVAL: entries below 1 or over the limit, an unknown vector, a channel that is closed or another device's. ENOMEM: no memory. EBUSY: no
     *     CQ number left. ENODEV: the device is being removed. The command channel's errors. Nothing has changed then
     */
    public CompletionQueue createCq(CqInitAttributes attributes) {
        return completionQueues.create(attributes);
    }

    /**
     * Opens the device for a user program (kernel: {@code erdma_alloc_ucontext}).
     *
     * @param response gets {@link io.erdma.hw.abi.UrespAllocCtx}, where the doorbell pages are to be mapped
     * @throws ErrnoException EINVAL: a response below 40 bytes; EFAULT: it can't be written; EPERM: the device has no extended doorbells and the program no
     *     raw-I/O privilege; ENOMEM: 131072 contexts are open; EIO: no doorbell pages left; ESRCH: the program has exited; ENODEV: the device is being
     *     removed; the command channel's other errors. Nothing has changed then
     */
    public UserContext openContext(UserProcess process, MemorySegment response) {
        return contexts.open(this, process, response);
    }

    /** Whether it is being removed. */
    boolean isGone() {
        return lifetime.ended();
    }

    /**
     * Finds a QP, of kernel verbs or of a user program, and takes a reference to it; {@link DeviceQp#release} gives it back. Allocates nothing but the result.
     *
     * @return empty for a number without a QP (ENOENT, where a caller wants to say so)
     */
    public Optional<DeviceQp> acquireQp(int qpn) {
        DeviceQp qp = queuePairs.table().find(qpn);
        return qp != null && qp.tryAcquire() ? Optional.of(qp) : Optional.empty();
    }

    /** Calls a handler for each asynchronous event of the device and its objects, in the thread that noticed it. The handler may call verbs. */
    public Subscription subscribe(Consumer<AsyncEvent> handler) {
        return subscribers.subscribe(handler);
    }

    /** The netdev has another MTU: the device is told (kernel: {@code erdma_set_mtu}). Its answer is ignored. */
    public void mtuChanged(int mtu) {
        try {
            parts.commands().execute(CommandOpcode.CONF_MTU, (slot, at) -> ConfMtu.setMtu(slot, at, mtu));
        } catch (ErrnoException e) {
            LOG.debug("{} did not take MTU {}", name, mtu, e);
        }
    }

    /** The netdev began or ceased to run: PORT_ACTIVE or PORT_ERR to the subscribers and to user programs. */
    public void portChanged(boolean running) {
        AsyncEventType type = running ? AsyncEventType.PORT_ACTIVE : AsyncEventType.PORT_ERR;
        subscribers.tell(new AsyncEvent.OfPort(type, PciIds.PORTS));
        contexts.tell(type, PciIds.PORTS);
    }

    /** The device no longer answers: DEVICE_FATAL to the subscribers and to user programs. Objects stay until they are closed. */
    public void failed() {
        subscribers.tell(new AsyncEvent.OfDevice(AsyncEventType.DEVICE_FATAL));
        contexts.tell(AsyncEventType.DEVICE_FATAL, 0);
    }

    /** What the device and its objects are now. */
    public DeviceSnapshot snapshot() {
        return new DeviceSnapshot(
                name, netdev.name(), attributes(), port.attributes(),
                pds.all().stream().map(ProtectionDomain::snapshot).toList(),
                memory.table().all().stream().map(RegisteredMr::snapshot).toList(),
                completionQueues.table().all().stream().map(DeviceCq::snapshot).toList(),
                queuePairs.table().all().stream().map(DeviceQp::snapshot).toList(),
                contexts.all().stream().map(UserContext::snapshot).toList());
    }

    /**
     * Takes the device away from its users (kernel: {@code ib_unregister_device}): new users are refused with ENODEV; DEVICE_FATAL to the subscribers; QPs go to ERROR,
     * so that their connections drop and their requests come back flushed; then what is left is destroyed: QPs, CQs, user contexts, MRs, PDs. Waits for no user.
     * Idempotent; refuses nothing.
     *
     * <p>Objects that were made for a single thread are dead then, but keep their memory until that thread closes them; it must not use them any more once it
     * has heard of DEVICE_FATAL.
     */
    @Override
    public void close() {
        if (!lifetime.end()) {
            return;
        }
        failed();
        queuePairs.table().all().forEach(this::flush);
        queuePairs.table().all().forEach(DeviceQp::remove);
        completionQueues.table().all().forEach(DeviceCq::remove);
        channels.forEach(CompletionChannel::end);
        contexts.closeAll();
        memory.table().all().forEach(RegisteredMr::close);
        pds.all().forEach(ProtectionDomain::remove);
        parts.events().detach();
    }

    private void flush(DeviceQp qp) {
        try {
            qp.modify(QpState.ERR);
        } catch (ErrnoException e) {
            LOG.debug("{} of {} goes without a flush", qp, name, e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
