package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.SendRequest;

/** Faults in requests. */
public final class Spoil {
    private Spoil() {}

    /** No element has a key that the device knows. */
    public static SendRequest localKeys(SendRequest request) {
        int count = request.sgeCount();
        long[] addresses = new long[count];
        int[] lengths = new int[count];
        int[] keys = new int[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = request.sgeAddress(i);
            lengths[i] = request.sgeLength(i);
            keys[i] = ~request.sgeKey(i);
        }
        request.clearSges();
        for (int i = 0; i < count; i++) {
            request.addSge(addresses[i], lengths[i], keys[i]);
        }
        return request;
    }

    /** The peer's device does not know the key. */
    public static SendRequest remoteKey(SendRequest request) {
        request.remoteKey = ~request.remoteKey;
        return request;
    }
}
