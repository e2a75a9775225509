package io.erdma.tests.conformance.harness;

import java.util.Optional;

/** What a CQ is made with, for either API. */
public record CqSpec(int entries, int vector, boolean singleThreaded, Optional<VerbsChannel> channel) {
    /** On vector 0, for any thread, telling nobody. */
    public static CqSpec of(int entries) {
        return new CqSpec(entries, 0, false, Optional.empty());
    }

    /** The same on a vector. */
    public CqSpec withVector(int number) {
        return new CqSpec(entries, number, singleThreaded, channel);
    }

    /** The same with a channel. */
    public CqSpec withChannel(VerbsChannel events) {
        return new CqSpec(entries, vector, singleThreaded, Optional.of(events));
    }

    /** The same for one thread. */
    public CqSpec forOneThread() {
        return new CqSpec(entries, vector, true, channel);
    }
}
