package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.Limits;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What calls for channels, CQs and QPs must come to, posts apart (driver-behaviour §2, §4). Empty: such a call can't be made. */
final class QueueRules {
    private static final int MOST_CQES = 1 << Limits.LOG2_CQES;
    private static final int LEAST_USER_CQES = 64;

    private final World world;
    private final Engine engine;

    QueueRules(World world, Engine engine) {
        this.world = world;
        this.engine = engine;
    }

    Expected destroy(Channel channel) {
        if (channel.isOpen() && channel.isUsed()) {
            return Expected.refused(Errno.EBUSY);
        }
        channel.close();
        return Expected.OK;
    }

    Expected createCq(Step step) {
        long entries = step.get("entries");
        Optional<Channel> channel = Optional.ofNullable(world.channels.get(step.get("channel")));
        boolean closed = channel.isPresent() && !channel.get().isOpen();
        if (entries < 1 || entries > MOST_CQES) {
            return Expected.refused(Errno.EINVAL);
        }
        if (world.isUser() && closed) {
            return Expected.refused(world.stale());
        }
        if (step.get("vector") >= world.vectors() || closed) {
            return Expected.refused(Errno.EINVAL);
        }
        int depth = Qp.powerOfTwo((int) Math.max(entries, world.isUser() ? LEAST_USER_CQES : 1));
        World.make(world.cqs, step, new Cq(world.side(step), depth, channel, step.get("eager") != 0, world.isUser()));
        return Expected.ok(depth);
    }

    Optional<Expected> destroy(Cq cq) {
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

    Optional<Expected> createQp(Step step) {
        Pd pd = world.pds.get(step.get("pd"));
        Cq sends = world.cqs.get(step.get("sends"));
        Cq receives = world.cqs.get(step.get("receives"));
        int sendWrs = step.getInt("sendwr");
        int receiveWrs = step.getInt("recvwr");
        boolean good = sendWrs >= 1 && sendWrs <= Limits.SEND_WRS && receiveWrs >= 1
                && receiveWrs <= 1 << Limits.LOG2_RECEIVE_WRS;
        if (!good || sends.side() != pd.side() || receives.side() != pd.side()) {
            return Optional.of(Expected.refused(Errno.EINVAL));
        }
        if (!pd.isOpen() || !sends.isOpen() || !receives.isOpen()) {
            return Optional.of(Expected.refused(world.stale()));
        }
        Qp qp = new Qp(step.get("id"), pd, sends, receives, sendWrs, receiveWrs, step.get("signalall") != 0);
        if (sends.room() < qp.most(sends) || receives.room() < qp.most(receives)) {
            return Optional.empty();
        }
        pd.use(1);
        sends.add(qp);
        receives.add(qp);
        return Optional.of(World.make(world.qps, step, qp));
    }

    Expected destroy(Qp qp) {
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
    Optional<Expected> connect(Qp first, Qp second) {
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

    Expected modify(Qp qp, QpState to) {
        if (!qp.isOpen()) {
            return Expected.refused(world.stale());
        }
        Errno refusal = Moves.move(qp, to, engine);
        if (refusal != null) {
            return Expected.refused(refusal);
        }
        qp.ended |= world.isUser() && to == QpState.ERR;
        return Expected.OK;
    }

    Expected query(Qp qp) {
        if (!qp.isOpen()) {
            return Expected.refused(world.stale());
        }
        return Expected.ok(Rig.encode(qp.driver.toVerbs().ordinal(), qp.sendDepth / Limits.WQEBBS_PER_SEND_WR,
                qp.receiveDepth, qp.peer == null ? 0 : Connections.READS_IN_FLIGHT));
    }

    Expected poll(Cq cq, long max) {
        return Expected.ok(cq.isOpen() ? Math.min(max, cq.available()) : 0);
    }

    Expected arm(Cq cq, boolean solicitedOnly, long times) {
        if (!cq.isOpen()) {
            return Expected.ok(0);
        }
        for (long i = 0; i < times; i++) {
            cq.arm(solicitedOnly);
        }
        return Expected.ok(cq.available() > 0 ? 1 : 0);
    }

    /** Whose event comes first where several CQs have one is not said. */
    Expected getEvent(Channel channel) {
        if (!channel.isOpen()) {
            return Expected.refused(world.isUser() ? world.stale() : Errno.EIO);
        }
        Set<Long> waiting = world.cqs.entrySet().stream()
                .filter(entry -> entry.getValue().events() > 0 && entry.getValue().channel().get() == channel)
                .map(Map.Entry::getKey).collect(Collectors.toSet());
        return new Expected(0, waiting.isEmpty() ? Set.of(0L) : waiting);
    }

    Expected acknowledge(Cq cq, long count) {
        if (count > cq.due()) {
            return Expected.refused(Errno.EINVAL);
        }
        cq.acknowledge(count);
        return Expected.OK;
    }
}
