package io.erdma.cm;

import io.erdma.cm.iwarp.IwEvent;
import io.erdma.cm.iwarp.MpaFrame;
import io.erdma.core.errno.Errno;
import java.util.Optional;

/**
 * Something happened to an id (librdmacm: {@code struct rdma_cm_event}). Immutable; it needs no acknowledgement, and closing an id does not wait for
 * anyone who looks at its events.
 */
public final class RdmaCmEvent {
    private final RdmaCmEventType type;
    private final RdmaCmId id;
    private final Optional<RdmaCmId> listener;
    private final Optional<Errno> status;
    private final byte[] privateData;
    private final int responderResources;
    private final int initiatorDepth;

    private RdmaCmEvent(RdmaCmEventType type, RdmaCmId id, Optional<RdmaCmId> listener, Optional<Errno> status,
            byte[] privateData, int responderResources, int initiatorDepth) {
        this.type = type;
        this.id = id;
        this.listener = listener;
        this.status = status;
        this.privateData = privateData;
        this.responderResources = responderResources;
        this.initiatorDepth = initiatorDepth;
    }

    static RdmaCmEvent of(RdmaCmEventType type, RdmaCmId id) { return answer(type, id, Optional.empty(), new byte[0]); }

    static RdmaCmEvent failure(RdmaCmEventType type, RdmaCmId id, Errno status) {
        return answer(type, id, Optional.of(status), new byte[0]);
    }

    /** What rdma_cm makes of the end of connecting (driver-behaviour §6, the active side's table). */
    static RdmaCmEvent reply(RdmaCmId id, IwEvent.ConnectReply reply) {
        RdmaCmEventType type = reply.error().map(RdmaCmEvent::failureType).orElse(RdmaCmEventType.ESTABLISHED);
        return answer(type, id, reply.error(), reply.reply().map(MpaFrame::privateData).orElseGet(() -> new byte[0]));
    }

    private static RdmaCmEventType failureType(Errno status) {
        return switch (status) {
            case ECONNRESET, ECONNREFUSED -> RdmaCmEventType.REJECTED;
            case ETIMEDOUT -> RdmaCmEventType.UNREACHABLE;
            default -> RdmaCmEventType.CONNECT_ERROR;
        };
    }

    /** The names change sides: what this side can serve is what the other may begin (kernel: {@code iw_conn_req_handler}). */
    static RdmaCmEvent request(RdmaCmId id, RdmaCmId listener, IwEvent.ConnectRequest request) {
        return new RdmaCmEvent(RdmaCmEventType.CONNECT_REQUEST, id, Optional.of(listener), Optional.empty(),
                request.request().privateData(), request.ord(), request.ird());
    }

    private static RdmaCmEvent answer(RdmaCmEventType type, RdmaCmId id, Optional<Errno> status, byte[] privateData) {
        return new RdmaCmEvent(type, id, Optional.empty(), status, privateData, 0, 0);
    }

    /** What happened. */
    public RdmaCmEventType type() { return type; }

    /** The id that it happened to; of a CONNECT_REQUEST a new one, which the receiver of the event has to close. */
    public RdmaCmId id() {
        return id;
    }

    /** The id that listens, of a CONNECT_REQUEST. */
    public Optional<RdmaCmId> listener() { return listener; }

    /** Why, of a failure. */
    public Optional<Errno> status() { return status; }

    /** A copy of what the peer sent along, 0–256 bytes: of CONNECT_REQUEST, ESTABLISHED on the active side, and failures that a reply caused. */
    public byte[] privateData() {
        return privateData.clone();
    }

    /** READs and atomics that this side may have in flight towards it, of a CONNECT_REQUEST; else 0. */
    public int responderResources() {
        return responderResources;
    }

    /** READs and atomics that this side may have in flight, of a CONNECT_REQUEST; else 0. */
    public int initiatorDepth() {
        return initiatorDepth;
    }

    @Override
    public String toString() { return type + status.map(errno -> " (" + errno + ")").orElse("") + " of " + id; }
}
