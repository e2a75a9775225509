package io.erdma.core.fault;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Which faults strike where, and how often. A rule counts the visits of its point that match; it strikes from visit {@code skip + 1} on, {@code times}
 * times, and is then used up. The first rule that strikes decides. Thread-safe. Without a plan a seam is not there at all: decorators are put on at
 * construction only.
 */
public final class FaultPlan {
    /** Matches every detail. */
    public static final long ANY = -1;

    private final List<Rule> rules = new ArrayList<>();
    private final List<Runnable> releaseListeners = new CopyOnWriteArrayList<>();
    private volatile boolean empty = true;

    /** No faults. */
    public FaultPlan() {}

    /** The next matching visit strikes, once. */
    public void once(FaultPoint point, long detail, FaultAction action) {
        add(point, detail, 0, 1, action);
    }

    /** Every matching visit strikes. */
    public void always(FaultPoint point, long detail, FaultAction action) {
        add(point, detail, 0, Integer.MAX_VALUE, action);
    }

    /**
     * Adds a rule.
     *
     * @param detail what the point must report, or {@link #ANY}
     * @param skip how many matching visits pass unharmed first, 0 or more
     * @param times how often it strikes, from 1
     */
    public synchronized void add(FaultPoint point, long detail, int skip, int times, FaultAction action) {
        if (skip < 0 || times < 1) {
            throw new IllegalArgumentException("skip " + skip + ", times " + times);
        }
        rules.add(new Rule(point, detail, action, skip, times));
        empty = false;
    }

    /** A visit of a point: what happens there now. */
    public FaultAction at(FaultPoint point, long detail) {
        return empty ? FaultAction.NONE : match(point, detail);
    }

    private synchronized FaultAction match(FaultPoint point, long detail) {
        for (Iterator<Rule> all = rules.iterator(); all.hasNext();) {
            Rule rule = all.next();
            if (rule.point != point || (rule.detail != ANY && rule.detail != detail)) {
                continue;
            }
            if (rule.skip > 0) {
                rule.skip--;
                continue;
            }
            if (rule.times != Integer.MAX_VALUE && --rule.times == 0) {
                all.remove();
                empty = rules.isEmpty();
            }
            return rule.action;
        }
        return FaultAction.NONE;
    }

    /** Ends all faults, and lets go of what is delayed or held. */
    public void release() {
        synchronized (this) {
            rules.clear();
            empty = true;
        }
        releaseListeners.forEach(Runnable::run);
    }

    /** A model's seam hears of {@link #release()}. */
    public void onRelease(Runnable listener) {
        releaseListeners.add(listener);
    }

    private static final class Rule {
        private final FaultPoint point;
        private final long detail;
        private final FaultAction action;
        private int skip;
        private int times;

        Rule(FaultPoint point, long detail, FaultAction action, int skip, int times) {
            this.point = point;
            this.detail = detail;
            this.action = action;
            this.skip = skip;
            this.times = times;
        }
    }
}
