package io.erdma.model.vfio;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.exec.Clock;
import io.erdma.core.exec.CountedThread;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.leak.LeakLedger;
import io.erdma.model.GuestFunction;
import io.erdma.model.Trace;
import io.erdma.model.Vport;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.sys.UnixChannel;
import io.erdma.model.vfio.sys.UnixListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One function of a vport behind one UNIX socket, as a PCI device of whoever connects: QEMU with {@code vfio-user-pci}. One client at a time; when it is gone
 * all of it is released, the function is reset, and the next may come. Nothing that a client says reaches beyond its own memory and its own function. Needs
 * Linux, and native access for this module. Thread-safe.
 */
public final class VfioUserServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VfioUserServer.class);
    /** For how long engines wait for clients of the function beyond what their answers may take, at first ({@link Credit}). */
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** How long a thread may take to end before it is looked at what holds it. */
    static final Duration STEP = Duration.ofSeconds(1);
    /** Clients that are gone of which something is still being closed. With so many, no other is taken. */
    private static final int MOST_REAPERS = 8;
    private static final long PAUSE_NANOS = 10_000_000;

    private final String vport;
    private final Path path;
    private final LeakLedger ledger;
    private final UnixListener listener;
    private final Signals signals;
    private final GuestFunction function;
    private final Regions regions;
    private final Interrupts interrupts;
    private final Credit credit;
    private final CountedThread thread;
    /** Of clients that are gone; used by the thread, and when it has ended. */
    private final List<Reaper> reapers = new ArrayList<>();
    private @Nullable UnixChannel client; // under the lock of this
    private boolean closing; // under the lock of this
    private boolean closed; // under the lock of this

    private VfioUserServer(
            Vport vport, FunctionSpec spec, Path path, UnixListener listener, Optional<Trace> trace,
            Duration patience) {
        this.vport = vport.name();
        this.path = path;
        this.credit = new Credit(patience.toNanos(), Clock.system().nanoTime());
        this.ledger = vport.ledger();
        this.listener = listener;
        this.signals = new Signals(Interrupts.signals(spec.vectors()), "vfio-irq-" + this.vport, ledger);
        this.function = vport.addGuestFunction(spec, signals);
        FunctionModel model = trace.map(tracing -> function.model(tracing, vport.name())).orElseGet(function::model);
        this.regions = new Regions(function, model);
        this.interrupts = new Interrupts(model, signals);
        this.thread = new CountedThread("vfio-" + this.vport, this::serve, ledger);
    }

    /**
     * Adds a function to a vport and listens for a client of it.
     *
     * @param path of the socket, at most 107 bytes; made here, and removed by {@link #close}
     * @throws ErrnoException EADDRINUSE if there is something at the path; ENODEV if the vport is dead; what the system says
     */
    public static VfioUserServer open(Vport vport, FunctionSpec spec, Path path) {
        return open(vport, spec, path, Optional.empty());
    }

    /** The same, and has a trace tell of the function, if there is one. */
    public static VfioUserServer open(Vport vport, FunctionSpec spec, Path path, Optional<Trace> trace) {
        return open(vport, spec, path, trace, PATIENCE);
    }

    /** The same with another patience for clients that serve their memory by messages: beyond it such a client is dropped. */
    static VfioUserServer open(
            Vport vport, FunctionSpec spec, Path path, Optional<Trace> trace, Duration patience) {
        UnixListener listener = UnixListener.open(path, vport.ledger());
        VfioUserServer server;
        try {
            server = new VfioUserServer(vport, spec, path, listener, trace, patience);
        } catch (RuntimeException | Error e) {
            listener.close();
            throw e;
        }
        try {
            server.signals.start();
            server.thread.start();
            return server;
        } catch (Error e) {
            // no more threads can be had
            server.close();
            throw e;
        }
    }

    /** Where it listens. */
    public Path path() {
        return path;
    }

    private void serve() {
        boolean listening = true;
        while (listening) {
            try {
                Optional<UnixChannel> next = listener.accept();
                next.ifPresent(this::take);
                listening = next.isPresent();
            } catch (RuntimeException | Error e) {
                LOG.debug("{}: a client could not be served", path, e);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void take(UnixChannel channel) {
        Reaper reaper;
        try {
            awaitReapers();
            reaper = new Reaper("vfio-closer-" + vport, ledger);
        } catch (RuntimeException | Error e) {
            channel.close();
            throw e;
        }
        reapers.add(reaper);
        try {
            if (begin(channel)) {
                serve(channel, reaper);
            }
        } finally {
            synchronized (this) {
                client = null;
            }
            reaper.take(channel::close);
            reaper.end();
        }
    }

    /** Has a thread of its own serve a client: one that is gone could leave that in an eventfd which it has filled. */
    private void serve(UnixChannel channel, Reaper reaper) {
        CountedThread serving = new CountedThread("vfio-client-" + vport, () -> converse(channel, reaper), ledger);
        serving.start();
        channel.awaitHangUp();
        reaper.hurry();
        while (!isOver(serving)) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        LOG.debug("{}: the client is gone", path);
    }

    /** Whether neither the thread of a client that is gone nor that for interrupts is busy with it; frees them if they are after a while. Never throws. */
    private boolean isOver(CountedThread serving) {
        try {
            if (serving.awaitEnd(STEP) && !signals.isWriting()) {
                return true;
            }
            signals.free();
        } catch (RuntimeException | Error e) {
            LOG.debug("{}: a client is not over", path, e);
        }
        return false;
    }

    private void awaitReapers() {
        reapers.removeIf(reaper -> reaper.awaitEnd(Duration.ZERO));
        while (reapers.size() >= MOST_REAPERS && !isClosing()) {
            reapers.removeIf(reaper -> reaper.awaitEnd(STEP.dividedBy(MOST_REAPERS)));
        }
    }

    private synchronized boolean isClosing() {
        return closing;
    }

    private synchronized boolean begin(UnixChannel channel) {
        client = closing ? null : channel;
        return !closing;
    }

    private void converse(UnixChannel channel, Reaper reaper) {
        LOG.debug("{}: a client", path);
        signals.setServer();
        try (Connection connection = new Connection(channel, reaper, regions, interrupts, function.memory(), ledger,
                credit)) {
            try {
                connection.serve();
            } finally {
                channel.shutdown(); // engines that send to it come out
                connection.end();
            }
        } catch (RuntimeException | Error e) {
            // a defect of ours, or no memory for this client: it is dropped, the next may be luckier
            LOG.debug("{}: the client is dropped", path, e);
        } finally {
            channel.shutdown();
        }
    }

    /** Takes no client any more, removes the socket's path and ends what is said to the client there is. Does not wait; {@link #close} must follow. Idempotent. */
    public synchronized void stop() {
        closing = true;
        listener.stop();
        if (client != null) {
            client.shutdown();
        }
    }

    /**
     * Drops the client, takes the function away and removes the socket. Idempotent. What clients that are gone have left and can't be closed, such as a socket that
     * lingers, is left to the end of the process.
     */
    @Override
    public void close() {
        stop();
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        thread.awaitEnd();
        function.close();
        signals.close();
        reapers.add(closer());
        Clock clock = Clock.system();
        long start = clock.nanoTime();
        reapers.removeIf(reaper -> reaper
                .awaitEnd(Duration.ofNanos(Math.max(0, STEP.toNanos() - (clock.nanoTime() - start)))));
        listener.checkRemoved();
    }

    /** Closes the listener: with it go clients that nobody has taken, and what they have sent. */
    private Reaper closer() {
        Reaper closer = new Reaper("vfio-closer-" + vport, ledger);
        closer.take(listener::close);
        closer.end();
        return closer;
    }
}
