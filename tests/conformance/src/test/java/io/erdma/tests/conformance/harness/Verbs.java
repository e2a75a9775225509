package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.verbs.Gid;

/** An opened device: what both APIs can do, in libibverbs' words. What is made here and is not closed by the test is closed by the {@link Lab}. */
public interface Verbs extends AutoCloseable {
    /** Whose they are. */
    Api api();

    /** What the device says of itself. */
    DeviceAttributes attributes();

    /** What a port says of itself. */
    PortAttributes portAttributes(int port);

    /** An entry of a port's GID table. */
    Gid gid(int port, int index);

    /** Makes a PD. */
    VerbsPd allocPd();

    /** Makes a completion channel. */
    VerbsChannel createChannel();

    /** Makes a CQ. */
    VerbsCq createCq(CqSpec cq);

    /** Makes a CQ on vector 0 that tells nobody. */
    default VerbsCq createCq(int entries) {
        return createCq(CqSpec.of(entries));
    }

    /** How many completion vectors there are. */
    int completionVectors();

    /** User verbs: closes the context with all that is in it. Kernel verbs have no context, and close nothing. */
    @Override
    void close();
}
