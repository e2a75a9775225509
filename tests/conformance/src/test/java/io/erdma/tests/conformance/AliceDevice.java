package io.erdma.tests.conformance;

import io.erdma.core.process.UserProcess;
import io.erdma.hw.abi.UrespAllocCtx;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.verbs.DeviceSnapshot;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.UserContext;
import java.lang.foreign.MemorySegment;

/** Alice's device, seen from beside the API that a test uses. */
final class AliceDevice {
    private AliceDevice() {}

    static ErdmaDevice device(Lab lab) {
        return lab.alice().device("erdma0").orElseThrow();
    }

    /** What there is on it. */
    static DeviceSnapshot objects(Lab lab) {
        return device(lab).snapshot();
    }

    /** A context on it without a provider: handles as numbers. */
    static UserContext handles(Lab lab) {
        UserProcess process = lab.closeAtEnd(lab.alice().startProcess("raw", true));
        return lab.closeAtEnd(
                device(lab).openContext(process, MemorySegment.ofArray(new long[UrespAllocCtx.BYTES / Long.BYTES])));
    }
}
