package io.erdma.model.device;

import io.erdma.hw.Syndrome;

/** What flow rules and meters do to a request: it passes, is tried again ({@link Requester#STALLED}), or is given up after the connection's patience. */
final class Passage {
    private Passage() {}

    /** There is no way to a peer now. */
    static int unreachable(QueuePair qp, Connection connection) {
        if (connection.lost()) {
            return Syndrome.RETRY_EXCEEDED;
        }
        if (connection.droppedByRule()) {
            qp.session().countDenied();
        }
        return connection.joined() ? dropped(connection) : Requester.STALLED;
    }

    private static int dropped(Connection connection) {
        if (connection.stall(connection.patienceNanos())) {
            return Requester.STALLED;
        }
        connection.giveUp();
        return Syndrome.RETRY_EXCEEDED;
    }

    /** Takes a request through the meters of both vports. */
    static int admit(Connection connection, SendQueue sends, QueuePair peer, long length) {
        return admit(connection, sends.qp().session(), connection.flow(), peer.session(), connection.peerFlow(), length,
                sends.payloadBytes());
    }

    /** Takes the peer's answer through them. */
    static int admitResponse(Connection connection, SendQueue sends, QueuePair peer, long length) {
        return admit(connection, peer.session(), connection.peerFlow(), sends.qp().session(), connection.flow(), length,
                sends.payloadBytes());
    }

    private static int admit(
            Connection connection, Session from, FlowPolicy sending, Session to, FlowPolicy receiving, long length,
            int payload) {
        long packets = Traffic.packets(length, payload);
        int sent = sending.admit(length, packets);
        if (sent != FlowPolicy.PASSED) {
            from.countMeterDrop(sent);
            return dropped(connection);
        }
        int received = receiving.admitReceived(length, packets);
        if (received != FlowPolicy.PASSED) {
            to.countReceivedMeterDrop(received);
            return dropped(connection);
        }
        return Syndrome.SUCCESS;
    }

    /** Counts a message that got through. */
    static void count(Connection connection, SendQueue sends, QueuePair peer, long length) {
        connection.moved();
        int payload = sends.payloadBytes();
        sends.qp().sent.count(length, payload);
        peer.received.count(length, payload);
    }

    /** Counts a READ or atomic, and its answer. */
    static void countRead(Connection connection, SendQueue sends, QueuePair peer, long length) {
        count(connection, sends, peer, 0);
        int payload = sends.payloadBytes();
        peer.answered.count(length, payload);
        sends.qp().responses.count(length, payload);
    }
}
