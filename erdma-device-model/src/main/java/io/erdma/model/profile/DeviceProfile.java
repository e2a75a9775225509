package io.erdma.model.profile;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.WcStatus;
import io.erdma.model.spec.FunctionSpec;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a function of the card can do, and what it does where there was something to decide. A test that holds for several cards asks here and names no card.
 * Immutable.
 */
public final class DeviceProfile {
    private static final long MANY_PAGES = 2 << 20;

    private final Set<Feature> features;

    private DeviceProfile(Set<Feature> features) {
        this.features = Collections.unmodifiableSet(features);
    }

    /** Of a function. */
    public static DeviceProfile of(FunctionSpec function) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (Feature feature : Feature.values()) {
            if (feature.isIn(function)) {
                features.add(feature);
            }
        }
        return new DeviceProfile(features);
    }

    /** A card as of a kernel version that knew nothing of it but what came with the driver itself: no {@link Feature} that came later. */
    public static FunctionSpec oldest() {
        return FunctionSpec.builder().atomics(false).extendedDoorbells(false).scatteredMtt(false).reflush(false)
                .build();
    }

    /** A card that can do all that the model can, with doorbell pages for 80 contexts and more. */
    public static FunctionSpec newest() {
        return FunctionSpec.builder().atomics(true).extendedDoorbells(true).scatteredMtt(true).reflush(true)
                .barBytes(MANY_PAGES).build();
    }

    /** Whether it can do this. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** All that it can do. */
    public Set<Feature> features() {
        return features;
    }

    /** What comes of this. */
    public Outcome outcome(Decision decision) {
        return decision.outcome();
    }

    /** How a request completes. IllegalArgumentException: that is not what was decided. */
    public WcStatus status(Decision decision) {
        return outcome(decision).status()
                .orElseThrow(() -> new IllegalArgumentException(decision + " is about no completion"));
    }

    /** How a call is refused. IllegalArgumentException: that is not what was decided. */
    public Errno errno(Decision decision) {
        return outcome(decision).errno()
                .orElseThrow(() -> new IllegalArgumentException(decision + " is about no refusal"));
    }

    /** What event comes. IllegalArgumentException: that is not what was decided. */
    public AsyncEventType event(Decision decision) {
        return outcome(decision).event()
                .orElseThrow(() -> new IllegalArgumentException(decision + " is about no event"));
    }
}
