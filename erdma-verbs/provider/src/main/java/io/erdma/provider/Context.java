package io.erdma.provider;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.ids.SparseArray;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.cq.CompletionTarget;
import io.erdma.cq.RequestLookup;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.Gid;
import io.erdma.verbs.UserAsyncEvent;
import io.erdma.verbs.UserContext;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A device that an application has opened (libibverbs: {@code ibv_context}; provider: {@code struct erdma_context}). Everything is made from here. Safe for use
 * by several threads.
 *
 * <p>Errors of the control path are {@link ErrnoException}s: EBADF once the context is closed, ENODEV once its device is gone, and what each method says. The data
 * path ({@link QueuePair#postSend}, {@link QueuePair#postRecv}, {@link CompletionQueue#poll}) throws nothing.
 */
public final class Context implements AutoCloseable {
    private final UserProcess process;
    private final UserContext kernel;
    private final Doorbells doorbells;
    private final RecordPool records;
    private final DeviceAttributes attributes;
    private final SparseArray<CompletionTarget> targets;
    private final Map<Integer, QueuePair> queuePairs = new ConcurrentHashMap<>();
    private final Map<Integer, CompletionQueue> completionQueues = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private Context(UserProcess process, UserContext kernel, MemorySegment response) {
        this.process = process;
        this.kernel = kernel;
        this.doorbells = Doorbells.map(kernel, response);
        this.records = new RecordPool(process);
        this.attributes = kernel.queryDevice();
        this.targets = new SparseArray<>(attributes.maxQp() + 1);
    }

    /**
     * Opens a device (libibverbs: {@code ibv_open_device}).
     *
     * @param process the application: its memory, and whether it has raw-I/O privilege
     * @throws ErrnoException EPERM: the device has no extended doorbells, and the process no raw-I/O privilege; ENOMEM: 131072 contexts are open; EIO: no doorbell
     *     pages left; ESRCH: the process has exited; ENODEV: the device is being removed; its other errors
     */
    public static Context open(ErdmaDevice device, UserProcess process) {
        MemorySegment response = Abi.zeroed(UrespAllocCtx.BYTES);
        UserContext kernel = device.openContext(process, response);
        try {
            return new Context(process, kernel, response);
        } catch (RuntimeException e) {
            kernel.close();
            throw e;
        }
    }

    /** Name of the device. */
    public String deviceName() {
        return kernel.deviceName();
    }

    /** The device's attributes (libibverbs: {@code ibv_query_device}). */
    public DeviceAttributes attributes() {
        return attributes;
    }

    /** A port's attributes (libibverbs: {@code ibv_query_port}). EINVAL: a port other than 1. */
    public PortAttributes portAttributes(int port) {
        return kernel.queryPort(port);
    }

    /** An entry of a port's GID table (libibverbs: {@code ibv_query_gid}). EINVAL: a port other than 1, an index other than 0. */
    public Gid gid(int port, int index) {
        return kernel.queryGid(port, index);
    }

    /** Makes a PD (libibverbs: {@code ibv_alloc_pd}). ENOSPC: no number left. */
    public ProtectionDomain allocPd() {
        return new ProtectionDomain(this, kernel.allocPd());
    }

    /** Makes a channel for completion events (libibverbs: {@code ibv_create_comp_channel}). */
    public CompletionChannel createCompletionChannel() {
        return new CompletionChannel(this, kernel.createChannel());
    }

    /** Makes a CQ on vector 0 without a channel; see {@link #createCq(CqInitAttributes)}. */
    public CompletionQueue createCq(int entries) {
        return createCq(CqInitAttributes.of(entries).build());
    }

    /**
     * Makes a CQ (libibverbs: {@code ibv_create_cq}).
     *
     * @throws ErrnoException EINVAL: entries below 1 or over the limit, an unknown vector, a channel of another context; ENOENT: a closed channel; EBUSY: no CQ
     *     number left; ENOMEM; the device's errors. Nothing has changed then
     */
    public CompletionQueue createCq(CqInitAttributes cq) {
        return CompletionQueue.create(this, cq);
    }

    /**
     * Waits for an asynchronous event (libibverbs: {@code ibv_get_async_event}).
     *
     * @throws ErrnoException EIO: the context is closed or the device gone, and no event is left
     * @throws InterruptedException the thread was interrupted while it waited
     */
    public AsyncEvent getAsyncEvent() throws InterruptedException {
        Optional<AsyncEvent> event;
        do {
            event = named(kernel.getAsyncEvent());
        } while (event.isEmpty());
        return event.get();
    }

    /** An asynchronous event if one is there; refuses as {@link #getAsyncEvent}. */
    public Optional<AsyncEvent> pollAsyncEvent() {
        Optional<UserAsyncEvent> taken;
        Optional<AsyncEvent> event = Optional.empty();
        do {
            taken = kernel.pollAsyncEvent();
            event = taken.flatMap(this::named);
        } while (taken.isPresent() && event.isEmpty());
        return event;
    }

    /** The object of an event's handle; empty if it is gone. */
    private Optional<AsyncEvent> named(UserAsyncEvent event) {
        return switch (event.type()) {
            case CQ_ERR -> Optional.ofNullable(completionQueues.get(event.element()))
                    .map(cq -> new AsyncEvent.OfCompletionQueue(event.type(), cq));
            case QP_FATAL, QP_ACCESS_ERR -> Optional.ofNullable(queuePairs.get(event.element()))
                    .map(qp -> new AsyncEvent.OfQueuePair(event.type(), qp));
            case PORT_ACTIVE, PORT_ERR -> Optional.of(new AsyncEvent.OfPort(event.type(), event.element()));
            case DEVICE_FATAL -> Optional.of(new AsyncEvent.OfDevice(event.type()));
        };
    }

    /** A completion event was read: the CQ of its handle; empty if it is gone. */
    Optional<CompletionQueue> eventOf(int handle) {
        Optional<CompletionQueue> cq = Optional.ofNullable(completionQueues.get(handle));
        cq.ifPresent(CompletionQueue::eventTaken);
        return cq;
    }

    UserProcess process() {
        return process;
    }

    UserContext kernel() {
        return kernel;
    }

    Doorbells doorbells() {
        return doorbells;
    }

    RecordPool records() {
        return records;
    }

    /** How completions find their QPs. */
    RequestLookup requests() {
        return this::target;
    }

    private CompletionTarget target(int qpn) {
        CompletionTarget target = targets.find(qpn);
        return target == null ? CompletionTarget.NONE : target;
    }

    /** Events and completions find it from now on. EBADF: the context was closed meanwhile. */
    QueuePair add(QueuePair qp) {
        queuePairs.put(qp.handle(), qp);
        targets.set(qp.qpn(), qp.rings());
        if (closed) {
            forget(qp);
            throw closedError();
        }
        return qp;
    }

    /** As {@link #add(QueuePair)}. */
    CompletionQueue add(CompletionQueue cq) {
        completionQueues.put(cq.handle(), cq);
        if (closed) {
            forget(cq);
            throw closedError();
        }
        return cq;
    }

    private ErrnoException closedError() {
        return new ErrnoException(Errno.EBADF, this + " is closed");
    }

    void forget(QueuePair qp) {
        if (queuePairs.remove(qp.handle(), qp)) {
            targets.clear(qp.qpn());
        }
    }

    void forget(CompletionQueue cq) {
        completionQueues.remove(cq.handle(), cq);
    }

    /** Destroys something; where context or device are gone, so is it. */
    void unlessGone(Runnable destroy) {
        try {
            destroy.run();
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EBADF && e.errno() != Errno.ENODEV && e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    /**
     * Closes it with everything that was made from it, in whatever use (libibverbs: {@code ibv_close_device}, and what the kernel does when a program exits). Waits
     * for nobody. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        closed = true;
        kernel.close();
        queuePairs.values().forEach(QueuePair::free);
        completionQueues.values().forEach(CompletionQueue::free);
        queuePairs.clear();
        completionQueues.clear();
    }

    @Override
    public String toString() {
        return "context on " + deviceName();
    }
}
