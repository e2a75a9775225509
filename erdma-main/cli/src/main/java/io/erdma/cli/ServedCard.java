package io.erdma.cli;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.model.Moc;
import io.erdma.model.Trace;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.VfioUserServer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A new card whose functions sit on the buses of guests. Thread-safe: it may be closed while it begins. */
final class ServedCard implements AutoCloseable {
    private final Moc card;
    private final Optional<Trace> trace;
    private final Deque<VfioUserServer> servers = new ArrayDeque<>();
    private boolean closed;

    ServedCard(CardSpec spec, Optional<Trace> trace) {
        this.trace = trace;
        card = Moc.of(spec);
        // those are for hosts of this process
        card.vports().forEach(vport -> vport.functions().forEach(vport::removeFunction));
    }

    /**
     * Serves the first function of a vport, or of the first vport that has one; returns a line that says so.
     *
     * @throws ErrnoException ENOENT if there is no such vport, ENODEV if it has no function, or as {@link VfioUserServer#open}
     */
    synchronized String serve(Optional<String> name, Path socket) {
        Vport vport = name.map(card::vport).orElseGet(() -> card.vports().stream()
                .filter(candidate -> !candidate.spec().functions().isEmpty()).findFirst()
                .orElseThrow(() -> new ErrnoException(Errno.ENODEV, "no vport of the card has a function")));
        if (vport.spec().functions().isEmpty()) {
            throw new ErrnoException(Errno.ENODEV, "vport '" + vport.name() + "' has no function");
        }
        return serve(vport, vport.spec().functions().getFirst(), socket);
    }

    /** Serves every function of the card, each on a socket of its own in a directory; returns lines that say so. */
    synchronized List<String> serveAll(Path directory) {
        List<String> lines = new ArrayList<>();
        for (Vport vport : card.vports()) {
            List<FunctionSpec> functions = vport.spec().functions();
            for (int i = 0; i < functions.size(); i++) {
                String socket = vport.name() + (i == 0 ? "" : "." + (i + 1)) + ".sock";
                lines.add(serve(vport, functions.get(i), directory.resolve(socket)));
            }
        }
        if (lines.isEmpty()) {
            throw new ErrnoException(Errno.ENODEV, "no vport of the card has a function");
        }
        return lines;
    }

    private String serve(Vport vport, FunctionSpec function, Path socket) {
        if (closed) {
            throw new ErrnoException(Errno.ENODEV, "the card is closed");
        }
        servers.push(VfioUserServer.open(vport, function, socket, trace));
        return "serving %s (%s) on %s".formatted(vport.name(), vport.mac(), socket);
    }

    @Override
    public synchronized void close() {
        closed = true;
        servers.forEach(VfioUserServer::stop);
        try {
            closeServers();
        } finally {
            card.close();
        }
    }

    /** All of them, whatever one throws. */
    private void closeServers() {
        if (!servers.isEmpty()) {
            try {
                servers.pop().close();
            } finally {
                closeServers();
            }
        }
    }
}
