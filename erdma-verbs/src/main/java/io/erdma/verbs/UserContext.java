package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.Mmio;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortAttributes;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The driver's side of a user program's open device (kernel: {@code struct erdma_ucontext} with {@code ib_uverbs_file}; driver-behaviour §1, device-interface
 * §10). Objects go by handle, what is ERDMA's own crosses as bytes of the ABI's structs; a provider makes verbs objects of it.
 *
 * <p>Every method may refuse with EBADF: the context is closed; ENODEV: its device was removed; ENOENT: a handle that is stale, another context's or of
 * another kind. Nothing has changed when a method refuses. Thread-safe.
 */
public final class UserContext implements AutoCloseable {
    private static final int MOST_ASYNC_EVENTS = 1 << 16;
    private static final int ACCESS_BITS = Access.bits(Access.values()) | Access.OPTIONAL;

    private final ErdmaDevice device;
    private final UserProcess process;
    private final UserDoorbells doorbells;
    private final UserObjects objects;
    private final UserQueueFactory queues;
    private final QpFactory qps;
    private final Consumer<UserContext> onClosed;
    private final UserCalls calls;
    private final EventFile<UserAsyncEvent> asyncEvents = new EventFile<>("the async events", MOST_ASYNC_EVENTS,
            _ -> {});

    UserContext(ErdmaDevice device, UserProcess process, UserDoorbells doorbells, UserObjects objects,
            UserContexts contexts) {
        this.device = device;
        this.process = process;
        this.doorbells = doorbells;
        this.objects = objects;
        this.queues = contexts.queues(process, doorbells, asyncEvents::add);
        this.qps = contexts.queuePairs();
        this.onClosed = contexts::closed;
        this.calls = new UserCalls(device, objects, this::free);
    }

    /** Something happened to the port or the device. */
    void tell(UserAsyncEvent event) {
        asyncEvents.add(event);
    }

    /** Name of its device. */
    public String deviceName() {
        return device.name();
    }

    /** Attributes of its device. The local DMA key, which reaches all memory, is the kernel's alone: it is 0 here. */
    public DeviceAttributes queryDevice() {
        return calls.call(() -> device.attributes().withoutLocalDmaLkey());
    }

    /** A port's attributes. EINVAL: a port other than 1. */
    public PortAttributes queryPort(int port) {
        return calls.call(() -> device.portAttributes(port));
    }

    /** An entry of a port's GID table. EINVAL: a port other than 1, an index other than 0. */
    public Gid queryGid(int port, int index) {
        return calls.call(() -> device.gid(port, index));
    }

    /**
     * Maps a doorbell page (kernel: {@code erdma_mmap}). It is dead once the context is closed.
     *
     * @param offset one of those that the context's response named
     * @throws ErrnoException EINVAL: another offset, or another length than the page's 4096
     */
    public Mmio mmap(long offset, long bytes) {
        return calls.call(() -> doorbells.map(offset, bytes));
    }

    /** Makes a PD. ENOSPC: no number left. */
    public int allocPd() {
        return calls.call(() -> {
            ProtectionDomain pd = device.allocPd();
            return calls.publish(objects.next(), pd, pd::close);
        });
    }

    /** Gives a PD back. EBUSY: MRs or QPs are in it. */
    public void deallocPd(int handle) {
        calls.run(() -> {
            objects.find(handle, ProtectionDomain.class).close();
            objects.remove(handle);
        });
    }

    /**
     * Registers memory, as {@link ProtectionDomain#regMr(MemorySegment, long, Access...)}.
     *
     * @param access {@link Access} bits; {@linkplain Access#OPTIONAL optional} ones are left out
     * @throws ErrnoException EINVAL: other bits; EOPNOTSUPP: {@linkplain Access#ON_DEMAND on-demand paging}; what that method refuses
     */
    public UserMr regMr(int pd, MemorySegment memory, long iova, int access) {
        return calls.call(() -> {
            checkAccess(access);
            MemoryRegion region = objects.find(pd, ProtectionDomain.class)
                    .regMr(memory, iova, Access.of(access).toArray(Access[]::new));
            return new UserMr(calls.publish(objects.next(), region, region::close), region.lkey(), region.rkey());
        });
    }

    private static void checkAccess(int access) {
        if ((access & ~(ACCESS_BITS | Access.ON_DEMAND)) != 0) {
            throw new ErrnoException(Errno.EINVAL, "access rights 0x%x".formatted(access));
        }
        if ((access & Access.ON_DEMAND) != 0) {
            throw new ErrnoException(Errno.EOPNOTSUPP, "no on-demand paging");
        }
    }

    /** Deregisters memory: when this returns, the device does not touch it any more. */
    public void deregMr(int handle) {
        calls.run(() -> {
            objects.find(handle, MemoryRegion.class).close();
            objects.remove(handle);
        });
    }

    /** Makes a channel for completion events (uverbs: {@code ib_uverbs_create_comp_channel}). */
    public int createChannel() {
        return calls.call(() -> {
            UserChannel channel = new UserChannel();
            return calls.publish(objects.next(), channel, channel::remove);
        });
    }

    /** Closes a channel; who waits there is woken. EBUSY: CQs report to it. */
    public void destroyChannel(int handle) {
        calls.run(() -> {
            objects.find(handle, UserChannel.class).close();
            objects.remove(handle);
        });
    }

    /**
     * Waits for a completion event (uverbs: a read of the channel's file).
     *
     * @return the handle of the CQ, which is not armed any more
     * @throws ErrnoException EIO: the channel or the context was closed, or the device removed
     * @throws InterruptedException the thread was interrupted while it waited
     */
    public int getCompletionEvent(int channel) throws InterruptedException {
        return calls.call(() -> objects.find(channel, UserChannel.class)).take();
    }

    /** A completion event, if there is one; refuses as {@link #getCompletionEvent}. */
    public Optional<Integer> pollCompletionEvent(int channel) {
        return calls.call(() -> objects.find(channel, UserChannel.class)).poll();
    }

    /**
     * Makes a CQ in the program's memory (kernel: {@code erdma_create_cq} with {@code udata}).
     *
     * @param entries how many completions it must hold
     * @param vector which completion EQ it reports to, from 0
     * @param channel handle of the channel of its completion events, 0 for none
     * @param request a {@link io.erdma.hw.abi.UreqCreateCq}: where ring and record are
     * @param response gets {@link io.erdma.hw.abi.UrespCreateCq}: number and depth
     * @return its handle
     * @throws ErrnoException EINVAL: entries below 1 or over the limit, an unknown vector; a struct that is too short, or reserved bytes that are not 0; a buffer
     *     that does not hold the ring, or is not aligned to an entry; a record that is not aligned. EFAULT: a struct that can't be read or written, or
     *     addresses that are not the program's memory. EBUSY: no number left. ENOMEM. The command channel's errors
     */
    public int createCq(int entries, int vector, int channel, MemorySegment request, MemorySegment response) {
        return calls.call(() -> {
            Optional<UserChannel> events = channel == 0
                    ? Optional.empty()
                    : Optional.of(objects.find(channel, UserChannel.class));
            UserCq cq = queues.createCq(objects.next(), entries, vector, events, request, response);
            return calls.publish(cq.handle(), cq, cq::remove);
        });
    }

    /**
     * Destroys a CQ. Its events that nobody has taken are dropped. EBUSY: QPs use it.
     *
     * @return how many of its completion events the program has taken: it must forget none of them (libibverbs: {@code comp_events_reported})
     */
    public int destroyCq(int handle) {
        return calls.call(() -> {
            UserCq cq = objects.find(handle, UserCq.class);
            cq.destroyByOwner();
            forget(handle, AsyncEventType.CQ_ERR);
            return cq.eventsReported();
        });
    }

    /**
     * Makes a QP in the program's memory (kernel: {@code erdma_create_qp} with {@code udata}).
     *
     * @param request a {@link io.erdma.hw.abi.UreqCreateQp}: where rings and records are
     * @param response gets {@link io.erdma.hw.abi.UrespCreateQp}: number, depths, where the receive ring begins
     * @throws ErrnoException EINVAL: sizes over the limits or no requests, checked first; a struct that is too short, or reserved bytes that are not 0; a buffer
     *     that does not hold the rings, or does not begin a page; records that are not aligned, or not in one page. EOPNOTSUPP: a type other than RC, no CQ.
     *     EFAULT: a struct that can't be read or written, or addresses that are not the program's memory. ENOMEM: no number or memory left. The command
     *     channel's errors
     */
    public UserQpHandle createQp(UserQpInit init, MemorySegment request, MemorySegment response) {
        return calls.call(() -> {
            qps.check(init.capabilities(), init.type());
            UserQp qp = queues.createQp(objects.next(), objects.find(init.pd(), ProtectionDomain.class),
                    cq(init.sendCq()), cq(init.receiveCq()), init, request, response);
            return new UserQpHandle(calls.publish(qp.handle(), qp, qp::remove), qp.capabilities());
        });
    }

    private Optional<UserCq> cq(int handle) {
        return handle == 0 ? Optional.empty() : Optional.of(objects.find(handle, UserCq.class));
    }

    /** Modifies a QP, as {@link DeviceQp#modify(QpModifyAttributes)}. */
    public void modifyQp(int handle, QpModifyAttributes change) {
        calls.run(() -> objects.find(handle, UserQp.class).modify(change));
    }

    /** A QP's attributes. */
    public QpAttributes queryQp(int handle) {
        return calls.call(() -> objects.find(handle, UserQp.class).query());
    }

    /** Destroys a QP: when this returns, the device does not touch its memory any more. */
    public void destroyQp(int handle) {
        calls.run(() -> {
            objects.find(handle, UserQp.class).destroyByOwner();
            forget(handle, AsyncEventType.QP_FATAL);
        });
    }

    /** A handle is given out once: events of the object that nobody has taken are of no use any more. */
    private void forget(int handle, AsyncEventType itsEvents) {
        objects.remove(handle);
        asyncEvents.drop(event -> event.element() == handle && event.type() == itsEvents);
    }

    /**
     * Waits for an asynchronous event of the device or the context's objects (uverbs: a read of the async file).
     *
     * @throws ErrnoException EIO: the context is closed or its device removed, and no event is left
     * @throws InterruptedException the thread was interrupted while it waited
     */
    public UserAsyncEvent getAsyncEvent() throws InterruptedException {
        return asyncEvents.take();
    }

    /** An asynchronous event, if there is one; refuses as {@link #getAsyncEvent}. */
    public Optional<UserAsyncEvent> pollAsyncEvent() {
        return asyncEvents.poll();
    }

    UserDoorbells doorbells() {
        return doorbells;
    }

    /** What it has made. */
    public UserContextSnapshot snapshot() {
        return new UserContextSnapshot(process.name(), count(ProtectionDomain.class), count(MemoryRegion.class),
                count(UserChannel.class), count(UserCq.class), count(UserQp.class), queues.recordPages());
    }

    private int count(Class<?> kind) {
        return objects.all(kind).size();
    }

    /**
     * Ends it, with everything that is in it, in whatever use (kernel: {@code ib_uverbs_close}, {@code erdma_dealloc_ucontext}). The program's doorbells are
     * dead from now on. Waits for nobody. Idempotent; refuses nothing.
     */
    @Override
    public void close() {
        if (!calls.end()) {
            return;
        }
        doorbells.revoke();
        objects.all(UserQp.class).forEach(UserQp::remove);
        objects.all(UserCq.class).forEach(UserCq::remove);
        objects.all(UserChannel.class).forEach(UserChannel::remove);
        objects.all(MemoryRegion.class).forEach(MemoryRegion::close);
        objects.all(ProtectionDomain.class).forEach(ProtectionDomain::remove);
        asyncEvents.end();
        process.closed(this);
        calls.ended();
    }

    /** No call is under way any more. */
    private void free() {
        objects.clear();
        doorbells.free();
        onClosed.accept(this);
    }

    @Override
    public String toString() {
        return "context of " + process + " on " + device;
    }
}
