package io.erdma.tests.conformance.walk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A CQ as it must be: its arm, its events, and the QPs whose completions wait in it. */
final class Cq {
    private enum Arm {
        NONE,
        SOLICITED,
        ANY
    }

    private final Side side;
    private final int depth;
    private final Optional<Channel> channel;
    private final boolean eager;
    /** A program's arms count only once it has taken the last event (CMDSN). */
    private final boolean oneEventAtATime;
    private final List<Qp> users = new ArrayList<>();
    private Arm arm = Arm.NONE;
    private int events;
    private int due;
    private boolean open = true;

    Cq(Side side, int depth, Optional<Channel> channel, boolean eager, boolean oneEventAtATime) {
        this.side = side;
        this.depth = depth;
        this.channel = channel;
        this.eager = eager;
        this.oneEventAtATime = oneEventAtATime;
        channel.ifPresent(events -> events.use(1));
    }

    Side side() {
        return side;
    }

    int depth() {
        return depth;
    }

    Optional<Channel> channel() {
        return channel;
    }

    boolean isEager() {
        return eager;
    }

    boolean isOpen() {
        return open;
    }

    boolean isUsed() {
        return !users.isEmpty();
    }

    void add(Qp qp) {
        if (!users.contains(qp)) {
            users.add(qp);
        }
    }

    void remove(Qp qp) {
        users.remove(qp);
    }

    /** How many more completions it has room for, whatever its QPs do: none may be overwritten. */
    int room() {
        return depth - users.stream().mapToInt(qp -> qp.most(this)).sum();
    }

    /** How many completions wait. */
    int available() {
        int count = 0;
        for (int i = 0; i < users.size(); i++) {
            count += users.get(i).waiting(this);
        }
        return count;
    }

    /** A completion is written. */
    void completed(boolean solicitedOrError) {
        if (arm == Arm.ANY || (arm == Arm.SOLICITED && solicitedOrError)) {
            raise();
        }
    }

    private void raise() {
        arm = Arm.NONE;
        if (channel.isPresent()) {
            events++;
        }
    }

    /** The program asks for an event. */
    void arm(boolean solicitedOnly) {
        if (oneEventAtATime && events > 0) {
            return;
        }
        if (arm != Arm.ANY) {
            arm = solicitedOnly ? Arm.SOLICITED : Arm.ANY;
        }
        if (arm == Arm.ANY ? available() > 0 : users.stream().anyMatch(qp -> qp.waitsSolicited(this))) {
            raise();
        }
    }

    /** Events that nobody has taken. */
    int events() {
        return events;
    }

    void takeEvent() {
        events--;
        due++;
    }

    /** Events taken and not acknowledged. */
    int due() {
        return due;
    }

    void acknowledge(long count) {
        due -= (int) count;
    }

    void close() {
        open = false;
        events = 0;
        channel.ifPresent(channelOfIt -> channelOfIt.use(-1));
    }
}
