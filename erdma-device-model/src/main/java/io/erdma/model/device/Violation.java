package io.erdma.model.device;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Syndrome;

/**
 * What a responder can hold against a message: the error is made once, here, and rendered into the requester's completion, the own event and the Terminate
 * message (RFC 5040 §4.8, RFC 5041 §7; device-behaviour §4).
 */
enum Violation {
    WRITE_STAG(Syndrome.REMOTE_STAG, Aeqe.ACCESS_ERROR, 1, 1, 0x00),
    WRITE_BOUNDS(Syndrome.REMOTE_ADDRESS, Aeqe.ACCESS_ERROR, 1, 1, 0x01),
    WRITE_RIGHTS(Syndrome.REMOTE_RIGHTS, Aeqe.ACCESS_ERROR, 0, 1, 0x02),
    WRITE_PD(Syndrome.REMOTE_PD, Aeqe.ACCESS_ERROR, 1, 1, 0x02),
    WRITE_WRAP(Syndrome.REMOTE_WRAP, Aeqe.ACCESS_ERROR, 1, 1, 0x03),
    READ_STAG(Syndrome.REMOTE_STAG, Aeqe.ACCESS_ERROR, 0, 1, 0x00),
    READ_BOUNDS(Syndrome.REMOTE_ADDRESS, Aeqe.ACCESS_ERROR, 0, 1, 0x01),
    READ_RIGHTS(Syndrome.REMOTE_RIGHTS, Aeqe.ACCESS_ERROR, 0, 1, 0x02),
    READ_PD(Syndrome.REMOTE_PD, Aeqe.ACCESS_ERROR, 0, 1, 0x03),
    READ_WRAP(Syndrome.REMOTE_WRAP, Aeqe.ACCESS_ERROR, 0, 1, 0x04),
    NO_BUFFER(Syndrome.GENERAL, Aeqe.QP_RECV_QUEUE_ERROR, 1, 2, 0x02),
    TOO_LONG(Syndrome.GENERAL, Aeqe.QP_RECV_QUEUE_ERROR, 1, 2, 0x05),
    /** The receive itself is bad: the peer is told of a local catastrophic error. */
    BAD_RECEIVE(Syndrome.GENERAL, Aeqe.QP_RECV_QUEUE_ERROR, 0, 0, 0x00),
    CANNOT_INVALIDATE(Syndrome.GENERAL, Aeqe.ACCESS_ERROR, 0, 1, 0x09);

    private static final Violation[] TAGGED_WRITE = { WRITE_STAG, WRITE_BOUNDS, WRITE_RIGHTS, WRITE_PD, WRITE_WRAP };
    private static final Violation[] TAGGED_READ = { READ_STAG, READ_BOUNDS, READ_RIGHTS, READ_PD, READ_WRAP };

    private final int requesterSyndrome;
    private final int eventType;
    private final int terminate;

    Violation(int requesterSyndrome, int eventType, int layer, int type, int code) {
        this.requesterSyndrome = requesterSyndrome;
        this.eventType = eventType;
        this.terminate = layer << 12 | type << 8 | code;
    }

    /** Of a WRITE that an access check has failed. */
    static Violation ofWrite(int accessError) {
        return TAGGED_WRITE[accessError - 1];
    }

    /** Of a READ or atomic that an access check has failed. */
    static Violation ofRead(int accessError) {
        return TAGGED_READ[accessError - 1];
    }

    /** What the requester's completion says. */
    int requesterSyndrome() {
        return requesterSyndrome;
    }

    /** Type of the responder's own event, of {@link Aeqe}. */
    int eventType() {
        return eventType;
    }

    /** Control field of the Terminate message: 15:12 layer, 11:8 type, 7:0 code. */
    int terminate() {
        return terminate;
    }
}
