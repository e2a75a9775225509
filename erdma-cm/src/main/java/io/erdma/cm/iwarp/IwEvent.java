package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import java.util.Optional;

/** What an end point tells the layer above (kernel: {@code enum iw_cm_event_type}). Delivered by the work queue, in order, without a lock. */
public sealed interface IwEvent {
    /**
     * A listener got a request; the consumer accepts, rejects or closes the end point, whenever it likes.
     *
     * @param ird what this side can take: READs and atomics in flight towards it
     * @param ord the same from it
     */
    record ConnectRequest(PassiveEndPoint endPoint, MpaFrame request, int ird, int ord) implements IwEvent {}

    /**
     * An active end point is connected, or failed and is closed.
     *
     * @param error empty if it is connected; else ECONNRESET, ECONNREFUSED, ETIMEDOUT, EIO or EINVAL
     * @param reply the peer's frame, if a good one arrived
     */
    record ConnectReply(Optional<Errno> error, Optional<MpaFrame> reply) implements IwEvent {}

    /** A passive end point is connected. */
    record Established() implements IwEvent {}

    /** The peer has closed; {@link Close} follows. */
    record Disconnect() implements IwEvent {}

    /** A connected end point is closed. */
    record Close() implements IwEvent {}
}
