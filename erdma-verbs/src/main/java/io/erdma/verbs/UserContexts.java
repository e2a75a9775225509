package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.hw.abi.UrespAllocCtx;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The user contexts of a device (kernel: {@code erdma_alloc_ucontext}, {@code dev->num_ctx}). Thread-safe. */
final class UserContexts {
    private final DeviceParts parts;
    private final Lifetime lifetime;
    private final CqFactory completionQueues;
    private final QpFactory queuePairs;
    private final Set<UserContext> open = ConcurrentHashMap.newKeySet();
    private final int most;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger handles = new AtomicInteger();

    /** @param most how many may be open at a time */
    UserContexts(DeviceParts parts, Lifetime lifetime, CqFactory completionQueues, QpFactory queuePairs, int most) {
        this.most = most;
        this.parts = parts;
        this.lifetime = lifetime;
        this.completionQueues = completionQueues;
        this.queuePairs = queuePairs;
    }

    /** What makes the queues of a context. */
    UserQueueFactory queues(UserProcess process, UserDoorbells doorbells, Consumer<UserAsyncEvent> asyncEvents) {
        return new UserQueueFactory(parts, lifetime, completionQueues, queuePairs, new UserQueues(parts, process),
                doorbells, asyncEvents);
    }

    QpFactory queuePairs() {
        return queuePairs;
    }

    /** See {@link ErdmaDevice#openContext}. */
    UserContext open(ErdmaDevice device, UserProcess process, MemorySegment response) {
        lifetime.check();
        AbiBytes.checkResponse(response, UrespAllocCtx.BYTES);
        if (!parts.capabilities().extendedDoorbells() && !process.rawIo()) {
            throw new ErrnoException(Errno.EPERM, "all contexts of " + device
                    + " share their doorbell pages: it needs raw-I/O privilege, which " + process + " has not");
        }
        takePlace();
        UserContext context;
        try {
            context = new UserContext(device, process, UserDoorbells.allocate(parts), new UserObjects(handles),
                    this);
        } catch (RuntimeException e) {
            count.decrementAndGet();
            throw e;
        }
        open.add(context);
        return handOver(context, process, response);
    }

    private void takePlace() {
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            throw new ErrnoException(Errno.ENOMEM, "all " + most + " contexts are in use");
        }
    }

    private UserContext handOver(UserContext context, UserProcess process, MemorySegment response) {
        try {
            lifetime.check();
            process.opened(context);
            MemorySegment answer = AbiBytes.zeroed(UrespAllocCtx.BYTES);
            UrespAllocCtx.setDevId(answer, 0, parts.function().identity().device());
            context.doorbells().describe(answer);
            AbiBytes.respond(response, answer);
        } catch (RuntimeException e) {
            context.close();
            throw e;
        }
        return context;
    }

    void closed(UserContext context) {
        if (open.remove(context)) {
            count.decrementAndGet();
        }
    }

    /** All that are open. */
    List<UserContext> all() {
        return List.copyOf(open);
    }

    /** Something happened to the port or the device: all programs hear of it. */
    void tell(AsyncEventType type, int element) {
        UserAsyncEvent event = new UserAsyncEvent(type, element);
        open.forEach(context -> context.tell(event));
    }

    /** The device goes. */
    void closeAll() {
        open.forEach(UserContext::close);
    }
}
