package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Chooses the next step, at random but so that most steps come off: it looks at what is there. One in a few is made bad on purpose. */
final class Chooser {
    private static final int MOST_PDS = 3;
    private static final int MOST_MRS = 12;
    private static final int MOST_CHANNELS = 2;
    private static final int MOST_CQS = 5;
    private static final int MOST_QPS = 8;
    private static final int BAD_PERCENT = 6;
    private static final int STALE_PERCENT = 2;
    /** More than a lap of the count of arms that the device is told. */
    private static final int MOST_ARMS = 300;
    private static final int[] CQ_ENTRIES = { 50, 64, 128, 256 };
    private static final int[] SEND_WRS = { 1, 2, 4, 8 };
    private static final int[] RECEIVE_WRS = { 1, 3, 4, 8, 16 };

    private final World world;
    private final SplittableRandom random;
    private final SendChooser sends;
    private long numbers;

    Chooser(World world, long seed) {
        this.world = world;
        this.random = new SplittableRandom(seed);
        this.sends = new SendChooser(world, random);
    }

    /** The next step. */
    Step next() {
        while (true) {
            Verb verb = anyVerb();
            Optional<Step> step = verb.isSend() || verb == Verb.RECV || verb == Verb.BAD_POST
                    ? sends.choose(verb)
                    : choose(verb);
            if (step.isPresent()) {
                return step.get();
            }
        }
    }

    private Verb anyVerb() {
        int total = 0;
        for (Verb verb : Verb.values()) {
            total += verb.weight();
        }
        int at = random.nextInt(total);
        for (Verb verb : Verb.values()) {
            at -= verb.weight();
            if (at < 0) {
                return verb;
            }
        }
        throw new IllegalStateException();
    }

    private Optional<Step> choose(Verb verb) {
        return switch (verb) {
            case ALLOC_PD -> onASide(verb, world.pds, pd -> pd.isOpen() ? pd.side() : null, MOST_PDS);
            case DEALLOC_PD -> oneOf(verb, world.pds, pd -> pd.isOpen() && pd.isUsed() == percent(30),
                    pd -> !pd.isOpen());
            case REG_MR -> registration();
            case DMA_MR -> world.isUser() ? Optional.empty() : allMemory();
            case DEREG_MR -> oneOf(verb, world.regions, Region::isOpen, region -> !region.isOpen());
            case QUERY_MR -> oneOf(verb, world.regions, Region::isOpen, region -> !region.isOpen());
            case CREATE_CHANNEL -> onASide(verb, world.channels, channel -> channel.isOpen() ? channel.side() : null,
                    MOST_CHANNELS);
            case DESTROY_CHANNEL -> oneOf(verb, world.channels, Channel::isOpen, channel -> !channel.isOpen());
            case CREATE_CQ -> completionQueue();
            case DESTROY_CQ -> oneOf(verb, world.cqs, cq -> cq.isOpen() && cq.due() == 0 && cq.isUsed() == percent(30),
                    cq -> !cq.isOpen());
            case CREATE_QP -> queuePair();
            case DESTROY_QP -> oneOf(verb, world.qps, qp -> qp.isOpen() && (isOfNoUse(qp) || percent(5)),
                    qp -> !qp.isOpen());
            case CONNECT -> connection();
            case DISCONNECT, MODIFY_ERR -> oneOf(verb, world.qps, Qp::isOpen, qp -> !qp.isOpen());
            case MODIFY -> oneOf(verb, world.qps, qp -> qp.isOpen() && (isOfNoUse(qp) || percent(20)),
                    qp -> !qp.isOpen(), random.nextInt(QpState.values().length));
            case QUERY_QP -> oneOf(verb, world.qps, Qp::isOpen, qp -> !qp.isOpen());
            case POLL -> oneOf(verb, world.cqs, cq -> cq.isOpen() && cq.available() > 0, cq -> !cq.isOpen(),
                    random.nextInt(6));
            case ARM -> oneOf(verb, world.cqs, Cq::isOpen, cq -> !cq.isOpen(), random.nextInt(2),
                    percent(90) ? 1 : 1 + random.nextInt(MOST_ARMS));
            case GET_EVENT -> oneOf(verb, world.channels, Channel::isOpen, channel -> !channel.isOpen());
            case ACK_EVENTS -> acknowledgement();
            case ADVANCE_TIME -> Optional.of(Step.of(verb, random.nextInt(1000)));
            case FILL -> Optional.of(filling());
            default -> throw new IllegalArgumentException(verb + " is a post");
        };
    }

    /** Out of use: its connection is at an end, or its ring is full of what will never be told of. */
    static boolean isOfNoUse(Qp qp) {
        return qp.device == Qp.Device.FLUSHING || qp.peer != null && !qp.works()
                || qp.sendRoom() < 4 && qp.waiting(qp.sendCq) == 0;
    }

    private boolean percent(int share) {
        return random.nextInt(100) < share;
    }

    private long newNumber() {
        return ++numbers;
    }

    private Step filling() {
        int at = random.nextInt(Side.BYTES - 512);
        return Step.of(Verb.FILL, random.nextInt(2), at, random.nextInt(512), random.nextInt(256));
    }

    /** Makes something on a side that has not too many. */
    private <T> Optional<Step> onASide(Verb verb, Map<Long, T> all,
            java.util.function.Function<T, Side> openSide, int most) {
        Side side = world.sides().get(random.nextInt(2));
        long count = all.values().stream().filter(each -> openSide.apply(each) == side).count();
        return count < most ? Optional.of(Step.of(verb, newNumber(), side.number())) : Optional.empty();
    }

    /** Takes one that fits, seldom one that is gone. */
    private <T> Optional<Step> oneOf(Verb verb, Map<Long, T> all, Predicate<T> fits, Predicate<T> gone,
            long... parameters) {
        return any(all, percent(STALE_PERCENT) ? gone : fits).map(number -> {
            long[] values = new long[parameters.length + 1];
            values[0] = number;
            System.arraycopy(parameters, 0, values, 1, parameters.length);
            return Step.of(verb, values);
        });
    }

    private <T> Optional<Long> any(Map<Long, T> all, Predicate<T> fits) {
        List<Long> fitting = new ArrayList<>();
        all.forEach((number, each) -> {
            if (fits.test(each)) {
                fitting.add(number);
            }
        });
        return fitting.isEmpty() ? Optional.empty() : Optional.of(fitting.get(random.nextInt(fitting.size())));
    }

    private Optional<Long> anyPd() {
        return any(world.pds, percent(STALE_PERCENT) ? pd -> !pd.isOpen() : Pd::isOpen);
    }

    private Optional<Step> registration() {
        return anyPd().filter(pd -> hasRoom(world.pds.get(pd))).map(pd -> {
            int bytes = percent(50) ? 1 + random.nextInt(Side.BYTES) : 512 + random.nextInt(4096);
            int at = random.nextInt(Side.BYTES - Math.min(bytes, Side.BYTES) + 1);
            boolean bad = percent(BAD_PERCENT);
            int kind = random.nextInt(3);
            return Step.of(Verb.REG_MR, newNumber(), pd, at, bad && kind == 0 ? 0 : bytes,
                    bad && kind == 1 ? Access.REMOTE_WRITE.bit() : rights(),
                    bad && kind == 2 ? 2 : percent(20) ? 1 : 0);
        });
    }

    private boolean hasRoom(Pd pd) {
        return world.regions.values().stream()
                .filter(region -> region.isOpen() && region.side() == pd.side()).count() < MOST_MRS;
    }

    private int rights() {
        int all = Access.bits(Access.values());
        return percent(70) ? all : Access.LOCAL_WRITE.bit() | random.nextInt() & all;
    }

    private Optional<Step> allMemory() {
        return anyPd().filter(pd -> hasRoom(world.pds.get(pd)))
                .map(pd -> Step.of(Verb.DMA_MR, newNumber(), pd, percent(5) ? Access.REMOTE_WRITE.bit() : rights()));
    }

    private Optional<Step> completionQueue() {
        Side side = world.sides().get(random.nextInt(2));
        if (world.cqs.values().stream().filter(cq -> cq.isOpen() && cq.side() == side).count() >= MOST_CQS) {
            return Optional.empty();
        }
        Optional<Long> channel = any(world.channels,
                each -> each.side() == side && each.isOpen() != percent(STALE_PERCENT));
        boolean bad = percent(BAD_PERCENT);
        int kind = random.nextInt(3);
        long entries = CQ_ENTRIES[random.nextInt(CQ_ENTRIES.length)];
        return Optional.of(Step.of(Verb.CREATE_CQ, newNumber(), side.number(),
                bad && kind == 0 ? 0 : bad && kind == 1 ? (1 << 20) + 1 : entries,
                percent(70) ? channel.orElse(0L) : 0,
                bad && kind == 2 ? world.vectors() : random.nextInt(world.vectors()), random.nextInt(2)));
    }

    private Optional<Step> queuePair() {
        Optional<Long> number = anyPd();
        if (number.isEmpty()) {
            return Optional.empty();
        }
        Pd pd = world.pds.get(number.get());
        int sendWrs = SEND_WRS[random.nextInt(SEND_WRS.length)];
        int receiveWrs = RECEIVE_WRS[random.nextInt(RECEIVE_WRS.length)];
        int needed = Qp.sendDepth(sendWrs) + Qp.powerOfTwo(receiveWrs);
        boolean foreign = percent(1);
        Predicate<Cq> fits = cq -> cq.side() == pd.side() != foreign && cq.isOpen() && cq.room() >= needed;
        Predicate<Cq> takes = percent(1) ? cq -> cq.side() == pd.side() && !cq.isOpen() : fits;
        Optional<Long> sendCq = any(world.cqs, takes);
        Optional<Long> receiveCq = any(world.cqs, fits);
        if (pd.side().numbers().size() >= MOST_QPS || sendCq.isEmpty() || receiveCq.isEmpty()) {
            return Optional.empty();
        }
        boolean bad = percent(BAD_PERCENT);
        int kind = random.nextInt(4);
        return Optional.of(Step.of(Verb.CREATE_QP, newNumber(), number.get(), sendCq.get(), receiveCq.get(),
                bad && kind == 0 ? 0 : bad && kind == 1 ? 8193 : sendWrs,
                bad && kind == 2 ? 0 : bad && kind == 3 ? 32_769 : receiveWrs, percent(10) ? 1 : 0));
    }

    private Optional<Step> connection() {
        Optional<Long> first = any(world.qps,
                percent(BAD_PERCENT) ? qp -> qp.isOpen() && !qp.isFresh() : Qp::isFresh);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Side side = world.qps.get(first.get()).side();
        return any(world.qps, qp -> qp.isFresh() && qp.side() != side)
                .map(second -> Step.of(Verb.CONNECT, first.get(), second));
    }

    private Optional<Step> acknowledgement() {
        Optional<Long> cq = any(world.cqs, each -> each.isOpen() && (each.due() > 0 || percent(1)));
        return cq.map(number -> Step.of(Verb.ACK_EVENTS, number,
                world.cqs.get(number).due() + (percent(10) ? 1 : 0)));
    }
}
