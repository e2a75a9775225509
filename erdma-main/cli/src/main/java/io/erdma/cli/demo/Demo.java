package io.erdma.cli.demo;

import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Conversation;
import io.erdma.cli.card.Session;
import io.erdma.cli.card.Table;
import io.erdma.cm.ConnectionOptions;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.WcStatus;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.VportSpec;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The story that {@code erdma demo} tells, in the order in which it tells it. */
final class Demo {
    private static final double NANOS_PER_MILLI = 1e6;

    private final CardSpec spec;
    private final Payload payload;
    private final PrintWriter out;
    private final Cast cast;
    private final Verdicts verdicts;
    private final Parts parts;

    Demo(CardSpec spec, Payload payload, PrintWriter out, Parts parts) {
        this.spec = spec;
        this.payload = payload;
        this.out = out;
        this.cast = Cast.of(spec);
        this.verdicts = new Verdicts(out);
        this.parts = parts;
    }

    /** Plays it; true if everything was as it should be. */
    boolean run() {
        out.println("A new card (a model in this process, no hardware), %s: %s".formatted(
                spec.engineThreads() == 0 ? "inline" : "engine threads: " + spec.engineThreads(),
                spec.vports().stream().map(Demo::describe).collect(Collectors.joining(", "))));
        Session session = Session.probed(spec);
        try (session) {
            bind(session);
            talk(session);
            keepOut(session);
            statistics(session);
        } catch (ErrnoException e) {
            verdicts.check(false, String.valueOf(e.getMessage()));
        }
        try {
            smallMessages();
        } catch (ErrnoException e) {
            verdicts.check(false, String.valueOf(e.getMessage()));
        }
        heading("What is left after closing");
        List<String> leaks = session.leaks();
        verdicts.check(leaks.isEmpty(),
                leaks.isEmpty() ? "nothing: memory, mappings, vectors, timers, threads, streams all 0" : "" + leaks);
        out.println();
        out.println(verdicts.allGood()
                ? "Everything is as it should be."
                : "Not as it should be: " + verdicts.failures() + ", see FAILED above.");
        return verdicts.allGood();
    }

    private static String describe(VportSpec vport) {
        return vport.name()
                + vport.addresses().stream().map(address -> " " + address.getHostAddress())
                        .collect(Collectors.joining())
                + " in VPC " + vport.vpc();
    }

    private void heading(String text) {
        out.println();
        out.println(text);
        out.flush();
    }

    private void bind(Session session) {
        heading("Binding (newlink)");
        session.hosts().forEach((name, host) -> verdicts.check(
                host.driver().adapters().size() == session.card().vport(name).spec().functions().size(),
                "%s: functions probed: %d".formatted(name, host.driver().adapters().size())));
        String refusal = Intruders.bindWrongly(session.host(cast.sender().name()));
        verdicts.check(
                refusal.contains(cast.sender().mac().toString()) && refusal.contains(Intruders.FOREIGN.toString()),
                "a wrong binding is refused: " + refusal);
        session.card().vports().forEach(vport -> {
            session.link(vport);
            session.host(vport.name()).links().links().forEach(
                    link -> verdicts.check(true,
                            "%s: link %s on %s".formatted(vport.name(), link.name(), link.netdev())));
        });
    }

    private void talk(Session session) {
        heading("Connecting (rdma_cm over MPA)");
        byte[] hello = ("hello from " + cast.sender().name()).getBytes(StandardCharsets.UTF_8);
        byte[] answer = ("welcome to " + cast.receiver().name()).getBytes(StandardCharsets.UTF_8);
        ConnectionOptions active = ConnectionOptions.builder().privateData(hello).build();
        ConnectionOptions passive = ConnectionOptions.builder().privateData(answer).build();
        try (Arena arena = Arena.ofShared();
                Conversation talk = Conversation.between(
                        session, cast.sender().name(), cast.receiver().name(), Cast.address(cast.receiver()), active,
                        passive)) {
            checkPrivateData(talk);
            move(talk, arena);
            count(session, talk);
        }
    }

    private void count(Session session, Conversation talk) {
        heading("Counting together (FETCH_ADD and COMPARE_SWAP)");
        if (!session.device(cast.sender().name()).attributes().atomicCapable()
                || !session.device(cast.receiver().name()).attributes().atomicCapable()) {
            verdicts.note("the card has no atomics");
            return;
        }
        long counted = Counting.run(session, cast, talk);
        verdicts.check(counted == 2L * Counting.EACH,
                "%d increments from both sides, the counter holds %d".formatted(2 * Counting.EACH, counted));
    }

    private void checkPrivateData(Conversation talk) {
        String atReceiver = new String(talk.in().privateData(), StandardCharsets.UTF_8);
        String atSender = new String(talk.out().privateData(), StandardCharsets.UTF_8);
        verdicts.check(atReceiver.equals("hello from " + cast.sender().name()),
                cast.receiver().name() + " got \"" + atReceiver + "\"");
        verdicts.check(atSender.equals("welcome to " + cast.receiver().name()),
                cast.sender().name() + " got \"" + atSender + "\"");
    }

    private void move(Conversation talk, Arena arena) {
        heading("Moving " + payload);
        End sender = new End(talk.out(), arena);
        End receiver = new End(talk.in(), arena);
        List<Transfer> transfers = new ArrayList<>();
        for (Way way : Way.values()) {
            ProgressBar bar = new ProgressBar(out, parts.terminal().getAsBoolean(), way.toString(), payload.bytes());
            Transfer transfer = parts.carrier().carry(way, sender, receiver, payload, bar);
            bar.erase();
            verdicts.check(transfer.verified(), "%-10s sha256 %s".formatted(way, transfer.received()));
            transfers.add(transfer);
        }
        out.println();
        Table table = new Table("way", "bytes", "time ms", "GB/s", "verified");
        for (Transfer transfer : transfers) {
            table.add(transfer.way(), transfer.bytes(), "%.1f".formatted(transfer.nanos() / NANOS_PER_MILLI),
                    "%.2f".formatted(transfer.gigabytesPerSecond()), transfer.verified() ? "yes" : "NO");
        }
        table.print(out, "  ");
    }

    private void keepOut(Session session) {
        heading("Keeping others out");
        if (cast.outsider().isPresent()) {
            VportSpec outsider = cast.outsider().get();
            for (VportSpec tenant : List.of(cast.sender(), cast.receiver())) {
                Intruders.Attempt attempt = Intruders.connectFromOutside(session, outsider, tenant);
                verdicts.check(attempt.failed(), "%s (VPC %s) calls %s, where %s listens: %s; %s %s".formatted(
                        outsider.name(), outsider.vpc(), Cast.address(tenant), tenant.name(),
                        attempt.end().isEmpty() ? "connected" : attempt.end(), tenant.name(),
                        attempt.heard() ? "heard it" : "hears nothing"));
            }
        } else {
            verdicts.note("the card has no outsider");
        }
        Intruders.Lie lie = Intruders.lie(session, cast);
        verdicts.check(
                lie.untouched() && lie.status() == WcStatus.RETRY_EXC_ERR && lie.drops() > 0,
                "%s lies to its function about its address: the card drops it (%d spoofed), it gets %s, %s sees nothing"
                        .formatted(
                                cast.sender().name(), lie.drops(), lie.status(), cast.receiver().name()));
    }

    private void statistics(Session session) {
        heading("Statistics (GET_STATS)");
        List<String> names = session.hosts().keySet().stream()
                .filter(name -> session.host(name).device(Session.LINK).isPresent()).toList();
        List<String> headings = new ArrayList<>(List.of("counter"));
        headings.addAll(names);
        Table table = new Table(headings.toArray(String[]::new));
        for (StatCounter counter : StatCounter.values()) {
            List<Object> row = new ArrayList<>(List.of(counter.userName()));
            names.forEach(name -> row.add(session.device(name).stats(1).get(counter)));
            table.add(row.toArray());
        }
        table.print(out, "  ");
    }

    private void smallMessages() {
        heading("Small messages of 8 bytes (the model's figures on this machine, not a card's)");
        Table table = new Table("execution", "WRITE M/s", "SEND p50 us", "SEND p99 us");
        for (DemoCommand.Mode mode : DemoCommand.Mode.values()) {
            SmallMessages figures = parts.smallMessages().apply(mode.engineThreads(0));
            table.add(mode, "%.2f".formatted(figures.writesPerSecond() / 1e6),
                    "%.2f".formatted(figures.latencyNanos50() / 1e3), "%.2f".formatted(figures.latencyNanos99() / 1e3));
        }
        table.print(out, "  ");
    }
}
