package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** Chooses requests: mostly such as get through. */
final class SendChooser {
    private static final int BAD_PERCENT = 3;
    private static final int STALE_PERCENT = 1;
    private static final int MOST_BYTES = 2000;
    private static final int INLINE_BYTES = 96;
    private static final int SGES = 6;
    private static final int LONGEST_CHAIN = 6;

    private final World world;
    private final SplittableRandom random;
    private long requests;

    SendChooser(World world, SplittableRandom random) {
        this.world = world;
        this.random = random;
    }

    /** A step that posts; empty if there is nothing to post to. */
    Optional<Step> choose(Verb verb) {
        return queuePair(verb).flatMap(number -> {
            Qp qp = world.qps.get(number);
            return switch (verb) {
                case RECV -> Optional.of(receive(number, qp));
                case BAD_POST -> Optional.of(Step.of(verb, number, random.nextInt(Requests.MALFORMED)));
                default -> request(verb, number, qp);
            };
        });
    }

    private Optional<Long> queuePair(Verb verb) {
        if (percent(STALE_PERCENT)) {
            return any(world.qps, qp -> !qp.isOpen());
        }
        if (percent(4)) {
            return any(world.qps, Qp::isOpen);
        }
        if (verb == Verb.RECV) {
            return any(world.qps, qp -> qp.isOpen() && !Chooser.isOfNoUse(qp) && (qp.receiveRoom() > 0 || percent(1)));
        }
        return any(world.qps, qp -> qp.works() && !Chooser.isOfNoUse(qp));
    }

    private boolean percent(int share) {
        return random.nextInt(100) < share;
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

    private long newRequest() {
        return requests += 16; // a chain's requests are numbered on
    }

    /** A region of a PD with a right, seldom one that is not so; 0 if there is none. */
    private long region(Pd pd, Access right) {
        boolean anyOne = percent(BAD_PERCENT) && percent(40);
        return any(world.regions, region -> anyOne
                ? region.side() == pd.side()
                : region.isOpen() && region.pd() == pd && (right == null || right.in(region.access()))).orElse(0L);
    }

    /** Where in a region so many bytes may begin, seldom where they may not. */
    private long place(long number, long bytes) {
        Region region = world.regions.get(number);
        if (region == null) {
            return 0;
        }
        if (region.isAllMemory()) {
            return (long) random.nextInt(Side.BYTES / Side.PAGE) * Side.PAGE
                    + random.nextInt((int) Math.max(1, Side.PAGE - bytes));
        }
        if (percent(BAD_PERCENT) && percent(30)) {
            return percent(50) ? region.bytes() - bytes + 1 : -1;
        }
        return random.nextInt((int) Math.max(1, region.bytes() - bytes + 1));
    }

    private int length(long first, long second) {
        int most = (int) Math.min(MOST_BYTES, Math.min(bytes(first), bytes(second)));
        int kind = random.nextInt(10);
        return kind == 0 ? 0 : Math.min(most, kind < 6 ? 1 + random.nextInt(64) : 1 + random.nextInt(MOST_BYTES));
    }

    private long bytes(long number) {
        Region region = world.regions.get(number);
        return region == null ? 0 : region.bytes();
    }

    private Step receive(long number, Qp qp) {
        long mr = percent(5) ? 0 : region(qp.pd, Access.LOCAL_WRITE);
        int bytes = (int) Math.min(bytes(mr), percent(30) ? 1 + random.nextInt(64) : MOST_BYTES);
        int twist = !percent(BAD_PERCENT) ? 0 : percent(50) ? Requests.LOCAL_KEY : Requests.LOCAL_DMA;
        long at = (twist & Requests.LOCAL_DMA) != 0 ? random.nextInt(Side.PAGE - MOST_BYTES) : place(mr, bytes);
        return Step.of(Verb.RECV, number, newRequest(), mr, at, bytes, twist);
    }

    private Optional<Step> request(Verb verb, long number, Qp qp) {
        if (qp.sendRoom() < 4 && qp.isOpen() && !percent(10)) {
            return Optional.empty();
        }
        boolean takesReceive = switch (verb) {
            case SEND, SEND_IMM, SEND_INV, SEND_INLINE, WRITE_IMM -> true;
            default -> false;
        };
        Buffer buffer = qp.peer == null ? null : qp.peer.buffers.peek();
        if (takesReceive && buffer == null && qp.works() && !percent(BAD_PERCENT)) {
            return Optional.empty();
        }
        Pd peerPd = qp.peer == null ? qp.pd : qp.peer.pd;
        long mr = region(qp.pd, verb == Verb.READ || isAtomic(verb) ? Access.LOCAL_WRITE : null);
        long remote = region(peerPd, right(verb));
        boolean untagged = takesReceive && verb != Verb.WRITE_IMM;
        long bytes = isAtomic(verb) ? Long.BYTES : length(mr, untagged ? mr : remote);
        if (isInline(verb)) {
            bytes = Math.min(INLINE_BYTES, bytes);
        }
        if (untagged && buffer != null && bytes > buffer.bytes() && !percent(BAD_PERCENT)) {
            bytes = buffer.bytes();
        }
        if (untagged && buffer != null && percent(BAD_PERCENT)) { // a byte too much
            bytes = Math.min(buffer.bytes() + 1, isInline(verb) ? INLINE_BYTES : bytes(mr));
        }
        if (mr == 0 && !isInline(verb) || remote == 0 && !untagged) {
            bytes = isAtomic(verb) ? Long.BYTES : 0;
        }
        boolean hopeless = isAtomic(verb) && (bytes(mr) < 16 || bytes(remote) < 16);
        return hopeless && !percent(BAD_PERCENT)
                ? Optional.empty()
                : Optional.of(finish(verb, number, mr, remote, bytes));
    }

    private Step finish(Verb verb, long number, long mr, long remote, long bytes) {
        int twist = percent(BAD_PERCENT) ? 1 << random.nextInt(5) : 0;
        if ((twist & Requests.LOCAL_DMA) == 0 && !world.isUser() && percent(3)) {
            twist |= Requests.LOCAL_DMA;
        }
        long at = place(mr, bytes);
        if ((twist & Requests.LOCAL_DMA) != 0 || isInline(verb)) {
            at = random.nextInt(Side.PAGE - MOST_BYTES);
        }
        long pieces = verb == Verb.READ || isAtomic(verb) || percent(50) ? 1 : 1 + random.nextInt(SGES);
        int flags = (percent(70) ? SendFlag.SIGNALED : 0) | (percent(30) ? SendFlag.SOLICITED : 0)
                | (percent(10) ? SendFlag.FENCE : 0);
        long[] values = { number, newRequest(), flags, mr, at, bytes, pieces, remote, remotePlace(verb, remote, bytes),
            random.nextInt(4), twist, 1 + random.nextInt(LONGEST_CHAIN) };
        return Step.of(verb, verb == Verb.CHAIN ? values : java.util.Arrays.copyOf(values, values.length - 1));
    }

    /** Of an atomic, mostly a multiple of 8. */
    private long remotePlace(Verb verb, long remote, long bytes) {
        long place = place(remote, isAtomic(verb) ? 2L * Long.BYTES : bytes);
        Region region = world.regions.get(remote);
        return isAtomic(verb) && region != null && !percent(BAD_PERCENT)
                ? place + Math.floorMod(-region.address(place), (long) Long.BYTES)
                : place;
    }

    private static boolean isAtomic(Verb verb) {
        return verb == Verb.CAS || verb == Verb.FAA;
    }

    private static boolean isInline(Verb verb) {
        return verb == Verb.SEND_INLINE || verb == Verb.WRITE_INLINE;
    }

    private static Access right(Verb verb) {
        return switch (verb) {
            case WRITE, WRITE_INLINE, WRITE_IMM, CHAIN -> Access.REMOTE_WRITE;
            case READ -> Access.REMOTE_READ;
            case CAS, FAA -> Access.REMOTE_ATOMIC;
            default -> null;
        };
    }
}
