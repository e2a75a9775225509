package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.WcOpcode;

/** A receive request in its ring. */
record Buffer(long wrId, long address, long bytes, int key) {
    static Buffer of(ReceiveRequest request) {
        return request.sgeCount == 0
                ? new Buffer(request.wrId, 0, 0, 0)
                : new Buffer(request.wrId, request.address, Integer.toUnsignedLong(request.length), request.lkey);
    }

    /** It took nothing. */
    Done failed(Verdict verdict) {
        return new Done(wrId, verdict, WcOpcode.RECV, 0, 0, false, false);
    }

    /** A message of these bytes came. */
    Done took(Wr message, WcOpcode opcode) {
        return new Done(wrId, Verdict.SUCCESS, opcode, message.length(), message.immediate(), message.hasImmediate(),
                message.solicited());
    }
}
