package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.Moc;
import io.erdma.model.Trace;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.vfio.sys.ClientKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A card whose functions are served, and the check that nothing is left of it. */
public final class ServerFixture implements AutoCloseable {
    /** Longer than any test takes: an answer that would be waited for so long is a defect. */
    private static final Duration PATIENT = Duration.ofMinutes(10);

    private final long descriptors = ClientKernel.open();
    private final long mappings = ClientKernel.mappings();
    public final Moc card;
    private final Path directory;
    private final List<VfioUserServer> servers = new ArrayList<>();

    public ServerFixture(CardSpec spec) {
        card = Moc.of(spec);
        card.vports().forEach(vport -> vport.functions().forEach(vport::removeFunction));
        try {
            directory = Files.createTempDirectory("vfio");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public ServerFixture() {
        this(CardSpec.twoTenants());
    }

    /** Serves a function of a vport. */
    public Path serve(String vport, FunctionSpec function) {
        return serve(vport, function, Optional.empty());
    }

    public Path serve(String vport, FunctionSpec function, Optional<Trace> trace) {
        return serve(vport, function, trace, PATIENT);
    }

    /** Serves a function to clients that must answer within a time. */
    public Path serve(String vport, FunctionSpec function, Optional<Trace> trace, Duration patience) {
        Vport owner = card.vport(vport);
        Path path = directory.resolve(vport + "-" + servers.size() + ".sock");
        servers.add(VfioUserServer.open(owner, function, path, trace, patience));
        return path;
    }

    public Path serve(String vport) {
        return serve(vport, FunctionSpec.defaults());
    }

    /** Closes the server of a path. */
    public void stop(Path path) {
        servers.stream().filter(server -> server.path().equals(path)).forEach(VfioUserServer::close);
    }

    @Override
    public void close() {
        servers.forEach(VfioUserServer::close);
        card.close();
        assertThat(directory).isEmptyDirectory();
        card.vports().forEach(vport -> assertThat(vport.ledger().outstanding()).isEmpty());
        assertThat(card.ledger().outstanding()).isEmpty();
        assertThat(ClientKernel.open()).as("open descriptors").isEqualTo(descriptors);
        assertThat(ClientKernel.mappings()).as("mapped guest memory").isEqualTo(mappings);
        try {
            Files.delete(directory);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
