package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plays steps on driver and card and compares all that can be seen with what must be: what the call came to, completions, every byte of both memories, events. A
 * {@link Mismatch} says what differed.
 */
final class Walk {
    private static final int ALL = 1024;

    private final Rig rig;
    private final World world;
    private final Statistics statistics = new Statistics();
    private final List<Step> taken = new ArrayList<>();

    private Walk(Rig rig) {
        this.rig = rig;
        this.world = rig.newWorld();
    }

    /** Walks at random; a failure comes with the script that leads to it. */
    static Statistics random(Setup setup, long seed, int steps) {
        Rig rig = new Rig(setup);
        Walk walk = new Walk(rig);
        try {
            Chooser chooser = new Chooser(walk.world, seed);
            while (walk.taken.size() < steps) {
                walk.take(chooser.next());
            }
            walk.end();
            rig.close();
            return walk.statistics;
        } catch (RuntimeException | AssertionError e) {
            rig.abandon();
            throw new WalkFailure(setup, seed, new Script(walk.taken), e);
        }
    }

    /** Plays a script; empty if all went as it must, else what did not. */
    static Optional<Throwable> play(Setup setup, Script script) {
        Rig rig = new Rig(setup);
        try {
            Walk walk = new Walk(rig);
            script.steps().forEach(walk::take);
            walk.end();
            rig.close();
            return Optional.empty();
        } catch (RuntimeException | AssertionError e) {
            rig.abandon();
            return Optional.of(e);
        }
    }

    private void take(Step step) {
        Requested request = Requested.by(step, world, rig);
        long failures = world.failures();
        Optional<Expected> expected = world.apply(step, request.sends, request.receive);
        if (expected.isEmpty()) {
            return;
        }
        taken.add(step);
        Result result = rig.play(step, request.sends, request.receive);
        if (!expected.get().matches(result)) {
            throw new Mismatch("%s: %s, must be %s".formatted(step, result, expected.get()));
        }
        if (expected.get().isOk()) {
            world.learn(step, result);
        }
        compare(step, result);
        statistics.count(step.verb(), expected.get().isOk() && world.failures() == failures);
    }

    /** The request of a step, built once for world and rig. */
    private record Requested(SendRequest sends, ReceiveRequest receive) {
        static Requested by(Step step, World world, Rig rig) {
            boolean posts = step.verb().isSend() || step.verb() == Verb.RECV || step.verb() == Verb.BAD_POST;
            Qp qp = posts ? world.qps.get(step.get("qp")) : null;
            if (qp == null) {
                return new Requested(null, null);
            }
            if (step.verb() == Verb.RECV) {
                return new Requested(null, Requests.receive(world, step));
            }
            if (Requests.isReceive(step)) {
                return new Requested(null, Requests.malformedReceive());
            }
            return new Requested(step.verb() == Verb.BAD_POST
                    ? Requests.malformed(step, world.isUser(), rig.memory(qp.side().number()))
                    : Requests.send(world, step, rig.memory(qp.side().number())), null);
        }
    }

    private void compare(Step step, Result result) {
        if (step.verb() == Verb.POLL) {
            world.polled(world.cqs.get(step.get("cq")), rig.completions(), (int) result.value());
        }
        Qp gone = step.verb() == Verb.DESTROY_QP ? world.qps.get(step.get("qp")) : null;
        world.cqs.forEach((number, cq) -> {
            boolean wasOfGone = gone != null && (cq == gone.sendCq || cq == gone.receiveCq);
            if (cq.isOpen() && (cq.isEager() || wasOfGone)) {
                drain(number, cq);
            }
        });
        for (Side side : world.sides()) {
            long at = side.memory().mismatch(rig.memory(side.number()));
            if (at >= 0) {
                throw new Mismatch("%s: byte %d of %s is wrong".formatted(step, at, side));
            }
        }
        for (Side side : world.sides()) {
            side.numbers().values().forEach(qp -> {
                if (rig.events(qp.id) != qp.fatalEvents) {
                    throw new Mismatch("%s: QP %d has had %d events, must be %d".formatted(step, qp.id,
                            rig.events(qp.id), qp.fatalEvents));
                }
            });
        }
    }

    /** After a QP has gone too, so that entries that nobody gets are never in the way of others. */
    private void drain(long number, Cq cq) {
        int available = cq.available();
        int polled = rig.poll(number, ALL);
        world.polled(cq, rig.completions(), polled);
        if (polled != available) {
            throw new Mismatch("CQ %d: %d completions, must be %d".formatted(number, polled, available));
        }
    }

    /** Closes everything, in order. */
    private void end() {
        keys(world.qps).forEach(qp -> take(Step.of(Verb.DESTROY_QP, qp)));
        keys(world.regions).forEach(mr -> take(Step.of(Verb.DEREG_MR, mr)));
        keys(world.cqs).forEach(cq -> {
            take(Step.of(Verb.ACK_EVENTS, cq, world.cqs.get(cq).due()));
            take(Step.of(Verb.DESTROY_CQ, cq));
        });
        keys(world.channels).forEach(channel -> take(Step.of(Verb.DESTROY_CHANNEL, channel)));
        keys(world.pds).forEach(pd -> take(Step.of(Verb.DEALLOC_PD, pd)));
    }

    private static List<Long> keys(Map<Long, ?> objects) {
        return List.copyOf(objects.keySet());
    }
}
