package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.Limits;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.tests.conformance.harness.Api;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What must be true of two hosts on a card: it says what each step must come to, and what must have changed then. It knows the rules of driver-behaviour §4 and §5
 * and, in {@link Engine}, of device-behaviour §3 and §4; what was decided it asks of the profile.
 */
final class World {
    private static final int MOST_CQES = 1 << Limits.LOG2_CQES;
    private static final int LEAST_USER_CQES = 64;
    private static final int NEEDS_LOCAL_WRITE = Access.bits(Access.REMOTE_WRITE, Access.REMOTE_ATOMIC);

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
    private final Posts posts;

    /** @param vectors how many completion vectors there are */
    World(Api api, DeviceProfile profile, int vectors, List<Side> sides) {
        this.user = api == Api.USER;
        this.stale = user ? Errno.ENOENT : Errno.EINVAL;
        this.vectors = vectors;
        this.sides = sides;
        this.engine = new Engine(profile);
        this.posts = new Posts(user, engine);
    }

    List<Side> sides() {
        return sides;
    }

    boolean isUser() {
        return user;
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
            case DEALLOC_PD -> Optional.of(deallocate(pd(step)));
            case REG_MR -> Optional.of(register(step));
            case DMA_MR -> user ? Optional.empty() : Optional.of(registerAll(step));
            case DEREG_MR -> Optional.of(deregister(regions.get(step.get("mr"))));
            case QUERY_MR -> Optional.of(query(regions.get(step.get("mr"))));
            case CREATE_CHANNEL -> Optional.of(make(channels, step, new Channel(side(step))));
            case DESTROY_CHANNEL -> Optional.of(destroy(channel(step)));
            case CREATE_CQ -> Optional.of(createCq(step));
            case DESTROY_CQ -> destroy(cqs.get(step.get("cq")));
            case CREATE_QP -> createQp(step);
            case DESTROY_QP -> Optional.of(destroy(qp(step)));
            case CONNECT -> connect(qp(step), qps.get(step.get("peer")));
            case DISCONNECT -> Optional.of(modify(qp(step), QpState.SQD));
            case MODIFY_ERR -> Optional.of(modify(qp(step), QpState.ERR));
            case MODIFY -> Optional.of(modify(qp(step), QpState.values()[step.getInt("state")]));
            case QUERY_QP -> Optional.of(query(qp(step)));
            case RECV -> Optional.of(posts.receive(qp(step), receive));
            case SEND, SEND_IMM, SEND_INV, SEND_INLINE, WRITE, WRITE_INLINE, WRITE_IMM, READ, CAS, FAA, CHAIN ->
                Optional.of(posts.send(qp(step), sends));
            case BAD_POST -> Optional.of(
                    Requests.isReceive(step) ? posts.receive(qp(step), receive) : posts.send(qp(step), sends));
            case POLL -> Optional.of(poll(cqs.get(step.get("cq")), step.get("max")));
            case ARM -> Optional.of(arm(cqs.get(step.get("cq")), step.get("solicited") != 0));
            case GET_EVENT -> Optional.of(getEvent(channel(step)));
            case ACK_EVENTS -> Optional.of(acknowledge(cqs.get(step.get("cq")), step.get("count")));
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

    private Side side(Step step) {
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

    private static <T> Expected make(Map<Long, T> all, Step step, T made) {
        all.put(step.get("id"), made);
        return Expected.OK;
    }

    private static Expected deallocate(Pd pd) {
        if (pd.isOpen() && pd.isUsed()) {
            return Expected.refused(Errno.EBUSY);
        }
        pd.close();
        return Expected.OK;
    }

    private Expected register(Step step) {
        Pd pd = pd(step);
        int access = step.getInt("access");
        boolean needsMore = (access & NEEDS_LOCAL_WRITE) != 0 && !Access.LOCAL_WRITE.in(access);
        if (user && !pd.isOpen()) {
            return Expected.refused(stale);
        }
        if (needsMore || step.get("bytes") == 0 || step.get("shift") == 2 || !pd.isOpen()) {
            return Expected.refused(Errno.EINVAL);
        }
        pd.use(1);
        return make(regions, step,
                Region.of(pd, step.get("at"), step.get("bytes"), access & ~Access.OPTIONAL, step.get("shift") == 1));
    }

    private Expected registerAll(Step step) {
        Pd pd = pd(step);
        int access = step.getInt("access");
        if ((access & NEEDS_LOCAL_WRITE) != 0 && !Access.LOCAL_WRITE.in(access) || !pd.isOpen()) {
            return Expected.refused(Errno.EINVAL);
        }
        pd.use(1);
        return make(regions, step, Region.allMemory(pd, access & ~Access.OPTIONAL));
    }

    private static Expected deregister(Region region) {
        if (region.isOpen()) {
            region.close();
            region.side().deregister(region);
            region.pd().use(-1);
        }
        return Expected.OK;
    }

    private static Expected query(Region region) {
        long bytes = region.isAllMemory() ? Long.MAX_VALUE : region.bytes();
        return Expected.ok(Rig.encode(region.key(), region.start(), bytes, region.access()));
    }

    private static Expected destroy(Channel channel) {
        if (channel.isOpen() && channel.isUsed()) {
            return Expected.refused(Errno.EBUSY);
        }
        channel.close();
        return Expected.OK;
    }

    private Expected createCq(Step step) {
        long entries = step.get("entries");
        Optional<Channel> channel = Optional.ofNullable(channel(step));
        boolean closed = channel.isPresent() && !channel.get().isOpen();
        if (entries < 1 || entries > MOST_CQES) {
            return Expected.refused(Errno.EINVAL);
        }
        if (user && closed) {
            return Expected.refused(stale);
        }
        if (step.get("vector") >= vectors || closed) {
            return Expected.refused(Errno.EINVAL);
        }
        int depth = Qp.powerOfTwo((int) Math.max(entries, user ? LEAST_USER_CQES : 1));
        make(cqs, step, new Cq(side(step), depth, channel, step.get("eager") != 0, user));
        return Expected.ok(depth);
    }

    private static Optional<Expected> destroy(Cq cq) {
        if (!cq.isOpen()) {
            return Optional.of(Expected.OK);
        }
        if (cq.isUsed()) {
            return Optional.of(Expected.refused(Errno.EBUSY));
        }
        if (cq.due() > 0) {
            return Optional.empty();
        }
        cq.close();
        return Optional.of(Expected.OK);
    }

    private Optional<Expected> createQp(Step step) {
        Pd pd = pd(step);
        Cq sends = cqs.get(step.get("sends"));
        Cq receives = cqs.get(step.get("receives"));
        int sendWrs = step.getInt("sendwr");
        int receiveWrs = step.getInt("recvwr");
        boolean good = sendWrs >= 1 && sendWrs <= Limits.SEND_WRS && receiveWrs >= 1
                && receiveWrs <= 1 << Limits.LOG2_RECEIVE_WRS;
        if (!good || sends.side() != pd.side() || receives.side() != pd.side()) {
            return Optional.of(Expected.refused(Errno.EINVAL));
        }
        if (!pd.isOpen() || !sends.isOpen() || !receives.isOpen()) {
            return Optional.of(Expected.refused(stale));
        }
        Qp qp = new Qp(step.get("id"), pd, sends, receives, sendWrs, receiveWrs, step.get("signalall") != 0);
        if (sends.room() < qp.most(sends) || receives.room() < qp.most(receives)) {
            return Optional.empty();
        }
        pd.use(1);
        sends.add(qp);
        receives.add(qp);
        return Optional.of(make(qps, step, qp));
    }

    private Expected destroy(Qp qp) {
        if (qp.isOpen()) {
            if (qp.driver != Qp.Driver.TERMINATE && qp.driver != Qp.Driver.ERROR) {
                engine.leave(qp);
                engine.run();
            }
            qp.driver = Qp.Driver.ERROR;
            qp.discard();
            qp.sendCq.remove(qp);
            qp.receiveCq.remove(qp);
            qp.pd.use(-1);
            qp.side().numbers().remove(qp.number);
        }
        return Expected.OK;
    }

    /** The second call follows the first one only where that succeeds; then it must, too. */
    private Optional<Expected> connect(Qp first, Qp second) {
        if (!first.isOpen()) {
            return Optional.empty();
        }
        if (first.driver != Qp.Driver.IDLE) {
            return Optional.of(Expected.refused(Errno.EINVAL));
        }
        if (first.device != Qp.Device.IDLE) {
            return Optional.of(Expected.refused(Errno.EIO));
        }
        if (!second.isFresh() || second.side() == first.side()) {
            return Optional.empty();
        }
        first.driver = Qp.Driver.RTS;
        second.driver = Qp.Driver.RTS;
        engine.join(first, second);
        return Optional.of(Expected.OK);
    }

    private Expected modify(Qp qp, QpState to) {
        if (!qp.isOpen()) {
            return Expected.refused(stale);
        }
        Errno refusal = Moves.move(qp, to, engine);
        if (refusal != null) {
            return Expected.refused(refusal);
        }
        qp.ended |= user && to == QpState.ERR;
        return Expected.OK;
    }

    private Expected query(Qp qp) {
        if (!qp.isOpen()) {
            return Expected.refused(stale);
        }
        return Expected.ok(Rig.encode(qp.driver.toVerbs().ordinal(), qp.sendDepth / Limits.WQEBBS_PER_SEND_WR,
                qp.receiveDepth, qp.peer == null ? 0 : Rig.READS_IN_FLIGHT));
    }

    private static Expected poll(Cq cq, long max) {
        return Expected.ok(cq.isOpen() ? Math.min(max, cq.available()) : 0);
    }

    private static Expected arm(Cq cq, boolean solicitedOnly) {
        if (!cq.isOpen()) {
            return Expected.ok(0);
        }
        cq.arm(solicitedOnly);
        return Expected.ok(cq.available() > 0 ? 1 : 0);
    }

    /** Whose event comes first where several CQs have one is not said. */
    private Expected getEvent(Channel channel) {
        if (!channel.isOpen()) {
            return Expected.refused(user ? stale : Errno.EIO);
        }
        Set<Long> waiting = cqs.entrySet().stream()
                .filter(entry -> entry.getValue().events() > 0 && entry.getValue().channel().get() == channel)
                .map(Map.Entry::getKey).collect(Collectors.toSet());
        return new Expected(0, waiting.isEmpty() ? Set.of(0L) : waiting);
    }

    private static Expected acknowledge(Cq cq, long count) {
        if (count > cq.due()) {
            return Expected.refused(Errno.EINVAL);
        }
        cq.acknowledge(count);
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
