package io.erdma.tests.architecture.bad.provider;

import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.QueuePair;

/** A provider that goes behind its kernel's back. */
final class Smuggler {
    private final ErdmaDevice device;
    private final QueuePair ofTheKernel;

    Smuggler(ErdmaDevice device, QueuePair ofTheKernel) {
        this.device = device;
        this.ofTheKernel = ofTheKernel;
    }

    long postSend() { return device.completionVectors() + ofTheKernel.postSend(null); }
}
