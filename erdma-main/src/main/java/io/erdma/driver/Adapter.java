package io.erdma.driver;

import io.erdma.cmdq.CommandQueue;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.eq.AsyncEventQueue;
import io.erdma.eq.CompletionEventQueues;
import io.erdma.verbs.DeviceParts;
import io.erdma.verbs.ErdmaDevice;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A function that the driver has brought up, and the device that was made of it when it was bound to an interface (kernel: {@code struct erdma_dev} as
 * {@code erdma_main.c} uses it). Guarded by the {@link ErdmaDriver}, but for {@link #fail()} and {@link #state()}.
 */
final class Adapter implements AutoCloseable {
    private final PciFunction function;
    private final DeviceParts parts;
    private final CommandQueue commands;
    private final AsyncEventQueue asyncEvents;
    private final CompletionEventQueues completionEvents;
    private final UndoStack undo;
    private volatile @Nullable ErdmaDevice device;

    Adapter(
            PciFunction function, DeviceParts parts, CommandQueue commands, AsyncEventQueue asyncEvents,
            CompletionEventQueues completionEvents, UndoStack undo) {
        this.function = function;
        this.parts = parts;
        this.commands = commands;
        this.asyncEvents = asyncEvents;
        this.completionEvents = completionEvents;
        this.undo = undo;
    }

    PciFunction function() {
        return function;
    }

    PciIdentity identity() {
        return function.identity();
    }

    /** MAC of the netdev that the function belongs to. */
    MacAddress peerAddress() {
        return parts.peerAddress();
    }

    boolean isBound() {
        return device != null;
    }

    Optional<ErdmaDevice> device() {
        return Optional.ofNullable(device);
    }

    /** Makes the device; the adapter must not be bound. */
    ErdmaDevice bind(String name, Netdev netdev) {
        ErdmaDevice made = ErdmaDevice.create(name, parts, netdev);
        device = made;
        return made;
    }

    /** Takes the device away with all that is left of it; the adapter can be bound again. No effect if it is not bound. */
    void unbind() {
        ErdmaDevice bound = device;
        if (bound != null) {
            device = null;
            bound.close();
        }
    }

    /** The function no longer answers or has gone: commands fail at once, users hear DEVICE_FATAL. Any thread. */
    void fail() {
        commands.stop();
        ErdmaDevice bound = device;
        if (bound != null) {
            bound.failed();
        }
    }

    /** Keeps what tells of the function's removal, to be ended with the adapter. */
    void watch(AutoCloseable removalWatch) {
        undo.push(() -> {
            try {
                removalWatch.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** What there is to see. Any thread. */
    AdapterState state() {
        return new AdapterState(
                identity(), peerAddress(), device().map(ErdmaDevice::name), commands.state(), asyncEvents.state(),
                completionEvents.states());
    }

    /** Unbinds, and undoes the bring-up from its end. Idempotent. */
    @Override
    public void close() {
        unbind();
        undo.unwind();
    }
}
