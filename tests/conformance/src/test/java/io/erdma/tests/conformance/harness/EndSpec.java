package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.QpCapabilities;
import java.util.List;

/** What an {@link End} is made of. */
public record EndSpec(QpCapabilities sizes, int cqEntries, long bytes, List<Access> access, boolean signalAll,
        boolean channel, boolean oneThread) {
    private static final EndSpec USUAL = new EndSpec(QpSpec.SIZES, 256, 64 << 10, List.of(Access.values()), false,
            false, false);

    /** A QP of {@link QpSpec#SIZES}, a CQ of 256 entries without a channel, 64 KiB of memory that may be used for all. */
    public static EndSpec usual() {
        return USUAL;
    }

    /** The same with a QP of these sizes. */
    public EndSpec withSizes(QpCapabilities other) {
        return new EndSpec(other, cqEntries, bytes, access, signalAll, channel, oneThread);
    }

    /** The same with a CQ of so many entries. */
    public EndSpec withCqEntries(int entries) {
        return new EndSpec(sizes, entries, bytes, access, signalAll, channel, oneThread);
    }

    /** The same with so much memory. */
    public EndSpec withBytes(long count) {
        return new EndSpec(sizes, cqEntries, count, access, signalAll, channel, oneThread);
    }

    /** The same with these rights. */
    public EndSpec withAccess(Access... rights) {
        return new EndSpec(sizes, cqEntries, bytes, List.of(rights), signalAll, channel, oneThread);
    }

    /** The same with a completion for every request. */
    public EndSpec signallingAll() {
        return new EndSpec(sizes, cqEntries, bytes, access, true, channel, oneThread);
    }

    /** The same with a completion channel. */
    public EndSpec withChannel() {
        return new EndSpec(sizes, cqEntries, bytes, access, signalAll, true, oneThread);
    }

    /** The same with QP and CQ for one thread. */
    public EndSpec forOneThread() {
        return new EndSpec(sizes, cqEntries, bytes, access, signalAll, channel, true);
    }
}
