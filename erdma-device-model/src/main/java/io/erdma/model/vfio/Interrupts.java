package io.erdma.model.vfio;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.model.vfio.sys.Descriptor;
import io.erdma.model.vfio.sys.EventFd;
import io.erdma.model.vfio.wire.Irq;
import io.erdma.model.vfio.wire.IrqInfo;
import io.erdma.model.vfio.wire.IrqSet;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a client asks of interrupts: MSI-X vectors, and one for errors of the device, which never comes. QEMU keeps the MSI-X table of the guest itself and
 * never shows it to the device; so the model's masks follow SET_IRQS: a vector with an eventfd is unmasked, one without is masked and stays pending. Used by the
 * thread of the connection.
 */
final class Interrupts {
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_CONTROL = 12;
    private static final int MASKED = 1;

    private final FunctionModel model;
    private final Signals signals;

    Interrupts(FunctionModel model, Signals signals) {
        this.model = model;
        this.signals = signals;
    }

    /** Number of signals of a function: its vectors, and the one for errors. */
    static int signals(int vectors) {
        return vectors + 1;
    }

    /** Interrupts of a type; EINVAL for a type that is none. */
    int count(int type) {
        return switch (type) {
            case Irq.MSIX -> model.vectors();
            case Irq.ERROR -> 1;
            case Irq.INTX, Irq.MSI, Irq.REQUEST -> 0;
            default -> throw new ErrnoException(Errno.EINVAL, "no interrupt type " + type);
        };
    }

    /** What can be done with a type. */
    static int flags(int type) {
        return switch (type) {
            case Irq.MSIX -> IrqInfo.EVENTFD | IrqInfo.MASKABLE;
            case Irq.ERROR -> IrqInfo.EVENTFD;
            default -> 0;
        };
    }

    /**
     * Carries out SET_IRQS.
     *
     * @param at where the payload is, of so many bytes
     * @param files the descriptors that came with it; those that are kept are taken out of the list
     * @throws ErrnoException EINVAL for what makes no sense, EOPNOTSUPP for what the type can't do; then nothing has changed
     */
    void set(MemorySegment message, long at, long bytes, List<Descriptor> files) {
        int flags = IrqSet.flags(message, at);
        int data = flags & IrqSet.DATA;
        int action = flags & IrqSet.ACTION;
        int type = IrqSet.index(message, at);
        long start = IrqSet.start(message, at);
        long count = IrqSet.count(message, at);
        if ((flags & ~(IrqSet.DATA | IrqSet.ACTION)) != 0 || Integer.bitCount(data) != 1
                || Integer.bitCount(action) != 1) {
            throw new ErrnoException(Errno.EINVAL, "interrupt flags 0x%x".formatted(flags));
        }
        if (start + count > count(type) || (count == 0 && (start != 0 || data != IrqSet.DATA_NONE))) {
            throw new ErrnoException(Errno.EINVAL, "interrupts %d + %d of type %d".formatted(start, count, type));
        }
        long dataBytes = data == IrqSet.DATA_BOOL ? count : 0;
        if (bytes != IrqSet.BYTES + dataBytes || IrqSet.argsz(message, at) != bytes
                || (data != IrqSet.DATA_EVENTFD && !files.isEmpty())) {
            throw new ErrnoException(Errno.EINVAL, "interrupt data of %d bytes, %d descriptors"
                    .formatted(bytes - IrqSet.BYTES, files.size()));
        }
        if (action != IrqSet.TRIGGER && (data == IrqSet.DATA_EVENTFD || type != Irq.MSIX)) {
            throw new ErrnoException(Errno.EOPNOTSUPP, "interrupts of type %d, flags 0x%x".formatted(type, flags));
        }
        if (data == IrqSet.DATA_EVENTFD) {
            assign(type, (int) start, (int) count, files);
        } else if (count == 0) {
            release(type, action);
        } else {
            for (int i = 0; i < count; i++) {
                if (data == IrqSet.DATA_NONE || IrqSet.isSet(message, at, i)) {
                    act(type, (int) start + i, action);
                }
            }
        }
    }

    private void assign(int type, int start, int count, List<Descriptor> files) {
        if (!files.isEmpty() && files.size() != count) {
            throw new ErrnoException(Errno.EINVAL, "%d eventfds for %d interrupts".formatted(files.size(), count));
        }
        if (!files.stream().allMatch(EventFd::isEventFd)) {
            throw new ErrnoException(Errno.EINVAL, "an interrupt needs an eventfd");
        }
        boolean release = files.isEmpty();
        for (int number = start; number < start + count; number++) {
            if (release) {
                take(type, number);
            } else {
                signals.set(signal(type, number), new EventFd(files.removeFirst()));
                if (type == Irq.MSIX) {
                    setMasked(number, false);
                }
            }
        }
    }

    private int signal(int type, int number) {
        return type == Irq.MSIX ? number : model.vectors();
    }

    private void take(int type, int number) {
        if (type == Irq.MSIX) {
            setMasked(number, true);
        }
        signals.set(signal(type, number), null);
    }

    private void release(int type, int action) {
        if (action != IrqSet.TRIGGER) {
            throw new ErrnoException(Errno.EINVAL, "no interrupts to mask");
        }
        for (int i = 0; i < count(type); i++) {
            take(type, i);
        }
    }

    private void act(int type, int number, int action) {
        if (action == IrqSet.TRIGGER) {
            signals.raise(signal(type, number));
        } else {
            // without an eventfd there is nobody to tell: such a vector stays masked
            setMasked(number, action == IrqSet.MASK || !signals.isSet(number));
        }
    }

    private void setMasked(int vector, boolean masked) {
        model.write(model.msixTableBar(), (long) vector * ENTRY_BYTES + ENTRY_CONTROL, Integer.BYTES,
                masked ? MASKED : 0);
    }

    /** Tells the client what was raised while a message of it was carried out. */
    void deliver(MemorySegment state) {
        signals.deliver(state);
    }

    /** The client is gone. */
    void releaseAll() {
        release(Irq.MSIX, IrqSet.TRIGGER);
        release(Irq.ERROR, IrqSet.TRIGGER);
    }
}
