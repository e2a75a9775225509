package io.erdma.tests.integration;

import io.erdma.cm.RdmaConnection;
import io.erdma.cm.RdmaListener;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.spec.CardSpec;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** The example of the README; {@link EmbeddingExampleTest} compares the two, and runs it. */
final class EmbeddingExample {
    private EmbeddingExample() {}

    /** Returns what was written into bob's memory. */
    static String run() {
        // @formatter:off
        // README begin
        try (Moc card = Moc.of(CardSpec.twoTenants());                    // a card: no hardware, no root
             Host alice = Host.on(card.vport("alice")); Host bob = Host.on(card.vport("bob"));
             Arena arena = Arena.ofShared()) {
            alice.links().newlink("erdma", "erdma0", "eth0");             // as: rdma link add erdma0 type erdma netdev eth0
            bob.links().newlink("erdma", "erdma0", "eth0");
            MemorySegment text = arena.allocateFrom("hello"), page = arena.allocate(4096);
            try (RdmaListener door = bob.cm().listen("10.0.0.2", 7174);
                 RdmaConnection out = alice.cm().connect("10.0.0.2", 7174); RdmaConnection in = door.accept()) {
                MemoryRegion source = out.register(text);
                MemoryRegion target = in.register(page, Access.LOCAL_WRITE, Access.REMOTE_WRITE);
                out.qp().postSend(out.write(source, page.address(), target.rkey()));
                WorkCompletion done = out.awaitCompletion(Duration.ofSeconds(5));
                return done.status + ": " + page.getString(0);            // SUCCESS: hello
            }
        }                                                                 // everything closed, every count 0
        // README end
        // @formatter:on
    }
}
