package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.tests.conformance.harness.Api;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What must be true of two hosts on a card: it says what each step must come to, and what must have changed then. It knows the rules of driver-behaviour §4 and §5
 * and, in {@link Engine}, of device-behaviour §3 and §4; what was decided it asks of the profile.
 */
final class World {
    final Map<Long, Pd> pds = new LinkedHashMap<>();
    final Map<Long, Region> regions = new LinkedHashMap<>();
    final Map<Long, Channel> channels = new LinkedHashMap<>();
    final Map<Long, Cq> cqs = new LinkedHashMap<>();
    final Map<Long, Qp> qps = new LinkedHashMap<>();
    private final boolean user;
    private final Errno stale;
    private final int vectors;
    private final List<Side> sides;
    private final Engine engine;
    private final MemoryRules memory;
    private final QueueRules queues;
    private final Posts posts;

    /** @param vectors how many completion vectors there are */
    World(Api api, DeviceProfile profile, int vectors, List<Side> sides) {
        this.user = api == Api.USER;
        this.stale = user ? Errno.ENOENT : Errno.EINVAL;
        this.vectors = vectors;
        this.sides = sides;
        this.engine = new Engine(profile);
        this.memory = new MemoryRules(this);
        this.queues = new QueueRules(this, engine);
        this.posts = new Posts(user, engine);
    }

    List<Side> sides() {
        return sides;
    }

    boolean isUser() {
        return user;
    }

    /** How a handle is refused that stands for nothing any more. */
    Errno stale() {
        return stale;
    }

    int vectors() {
        return vectors;
    }

    /** How many requests have failed until now; what is flushed behind one that did is not counted. */
    long failures() {
        return engine.failures();
    }

    /**
     * Takes a step.
     *
     * @param sends the request of a step that posts one, else null
     * @param receive likewise
     * @return what it must come to; empty if it can't be taken: it names what was never made, or would wait for its own thread
     */
    Optional<Expected> apply(Step step, SendRequest sends, ReceiveRequest receive) {
        if (!isKnown(step)) {
            return Optional.empty();
        }
        Optional<Expected> expected = switch (step.verb()) {
            case ALLOC_PD -> Optional.of(make(pds, step, new Pd(side(step))));
            case DEALLOC_PD -> Optional.of(memory.deallocate(pd(step)));
            case REG_MR -> Optional.of(memory.register(step));
            case DMA_MR -> user ? Optional.empty() : Optional.of(memory.registerAll(step));
            case DEREG_MR -> Optional.of(memory.deregister(regions.get(step.get("mr"))));
            case QUERY_MR -> Optional.of(memory.query(regions.get(step.get("mr"))));
            case CREATE_CHANNEL -> Optional.of(make(channels, step, new Channel(side(step))));
            case DESTROY_CHANNEL -> Optional.of(queues.destroy(channel(step)));
            case CREATE_CQ -> Optional.of(queues.createCq(step));
            case DESTROY_CQ -> queues.destroy(cqs.get(step.get("cq")));
            case CREATE_QP -> queues.createQp(step);
            case DESTROY_QP -> Optional.of(queues.destroy(qp(step)));
            case CONNECT -> queues.connect(qp(step), qps.get(step.get("peer")));
            case DISCONNECT -> Optional.of(queues.modify(qp(step), QpState.SQD));
            case MODIFY_ERR -> Optional.of(queues.modify(qp(step), QpState.ERR));
            case MODIFY -> Optional.of(queues.modify(qp(step), QpState.values()[step.getInt("state")]));
            case QUERY_QP -> Optional.of(queues.query(qp(step)));
            case RECV -> Optional.of(posts.receive(qp(step), receive));
            case SEND, SEND_IMM, SEND_INV, SEND_INLINE, WRITE, WRITE_INLINE, WRITE_IMM, READ, CAS, FAA, CHAIN ->
                Optional.of(posts.send(qp(step), sends));
            case BAD_POST -> Optional.of(
                    Requests.isReceive(step) ? posts.receive(qp(step), receive) : posts.send(qp(step), sends));
            case POLL -> Optional.of(queues.poll(cqs.get(step.get("cq")), step.get("max")));
            case ARM -> Optional.of(queues.arm(cqs.get(step.get("cq")), step.get("solicited") != 0,
                    step.get("times")));
            case GET_EVENT -> Optional.of(queues.getEvent(channel(step)));
            case ACK_EVENTS -> Optional.of(queues.acknowledge(cqs.get(step.get("cq")), step.get("count")));
            case ADVANCE_TIME -> Optional.of(Expected.OK);
            case FILL -> Optional.of(fill(step));
        };
        engine.run();
        return expected;
    }

    private boolean isKnown(Step step) {
        for (String parameter : step.verb().parameters()) {
            Map<Long, ?> all = named(parameter);
            long number = all == null ? 0 : step.get(parameter);
            boolean mayBeNone = number == 0 && (step.verb() == Verb.CREATE_CQ || step.verb() == Verb.RECV
                    || step.verb().isSend());
            if (all != null && !all.containsKey(number) && !mayBeNone) {
                return false;
            }
        }
        return true;
    }

    private Map<Long, ?> named(String parameter) {
        return switch (parameter) {
            case "pd" -> pds;
            case "mr", "remote" -> regions;
            case "channel" -> channels;
            case "cq", "sends", "receives" -> cqs;
            case "qp", "peer" -> qps;
            default -> null;
        };
    }

    Side side(Step step) {
        return sides.get(step.getInt("side"));
    }

    private Pd pd(Step step) {
        return pds.get(step.get("pd"));
    }

    private Channel channel(Step step) {
        return channels.get(step.get("channel"));
    }

    private Qp qp(Step step) {
        return qps.get(step.get("qp"));
    }

    static <T> Expected make(Map<Long, T> all, Step step, T made) {
        all.put(step.get("id"), made);
        return Expected.OK;
    }

    private Expected fill(Step step) {
        Requests.fill(side(step).memory(), step);
        return Expected.OK;
    }

    /** What a successful step has brought that only driver and device could say. */
    void learn(Step step, Result result) {
        switch (step.verb()) {
            case REG_MR, DMA_MR -> {
                Region region = regions.get(step.get("id"));
                region.setKey((int) result.value());
                region.side().register(region);
            }
            case CREATE_QP -> {
                Qp qp = qps.get(step.get("id"));
                qp.number = (int) result.value();
                if (qp.side().numbers().put(qp.number, qp) != null) {
                    throw new Mismatch("QP number " + qp.number + " was given out twice");
                }
            }
            case GET_EVENT -> {
                if (result.value() != 0) {
                    cqs.get(result.value()).takeEvent();
                }
            }
            default -> {}
        }
    }

    /** Completions were polled: each must be the next of its queue. */
    void polled(Cq cq, WorkCompletion[] completions, int count) {
        for (int i = 0; i < count; i++) {
            polled(cq, completions[i]);
        }
    }

    private static void polled(Cq cq, WorkCompletion completion) {
        Qp qp = cq.side().numbers().get(completion.qpNumber);
        boolean receive = completion.opcode == WcOpcode.RECV || completion.opcode == WcOpcode.RECV_RDMA_WITH_IMM;
        if (qp == null || cq != (receive ? qp.receiveCq : qp.sendCq)) {
            throw new Mismatch("a completion of another CQ's QP: " + completion);
        }
        Done next = receive ? qp.nextReceive() : qp.nextSend();
        if (next == null || !next.matches(completion)) {
            throw new Mismatch("completion " + completion + ", must be " + next);
        }
        if (receive) {
            qp.pollReceive();
        } else {
            qp.pollSend();
        }
    }
}
