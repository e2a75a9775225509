package io.erdma.model.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamListener;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.model.Moc;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.VportSpec;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A card on a manual clock with alice and bob in blue and mallory, who has bob's address, in red; and what a test of streams says often. */
final class Link implements AutoCloseable {
    final ManualClock clock = new ManualClock();
    final ManualWorkQueue timers = new ManualWorkQueue(clock);
    final Moc card;
    final Vport alice;
    final Vport bob;
    final Vport mallory;
    final List<Stream> accepted = new ArrayList<>();

    Link() {
        this(spec());
    }

    Link(CardSpec spec) {
        card = Moc.builder(spec).timers(timers).build();
        alice = card.vport("alice");
        bob = card.vport("bob");
        mallory = card.vport("mallory");
    }

    private static CardSpec spec() {
        return CardSpec.builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1", "10.0.0.11").functions()
                        .build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").functions().build())
                .vport(VportSpec.builder("mallory", "red", "02:00:00:00:00:66", "10.0.0.2").functions().build())
                .build();
    }

    static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(address, port);
    }

    StreamListener listen(Vport host, String address, int port) {
        return listen(host, address, port, accepted::add);
    }

    StreamListener listen(Vport host, String address, int port, Consumer<Stream> onAccept) {
        return host.streams().listen(at(address, port), Optional.empty(), 16, onAccept);
    }

    Stream connect(Vport host, String address, int port, Recorder recorder) {
        return host.streams().connect(Optional.empty(), at(address, port), recorder);
    }

    /** The stream that was accepted last. */
    Stream passive() {
        return accepted.getLast();
    }

    static int write(Stream stream, String text) {
        return stream.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    static String read(Stream stream) {
        ByteBuffer target = ByteBuffer.allocate(100_000);
        stream.read(target);
        return StandardCharsets.US_ASCII.decode(target.flip()).toString();
    }

    static int readCount(Stream stream) {
        return stream.read(ByteBuffer.allocate(16));
    }

    @Override
    public void close() {
        card.close();
        timers.close();
        assertThat(alice.ledger().outstanding()).isEmpty();
        assertThat(bob.ledger().outstanding()).isEmpty();
        assertThat(card.ledger().outstanding()).isEmpty();
    }
}
