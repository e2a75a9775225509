package io.erdma.model.device;

import java.util.HashMap;
import java.util.Map;

/** Where the connections of one virtual network meet: two whose 4-tuples mirror each other are joined. Thread-safe. */
public final class Junction {
    private final Map<FourTuple, Connection> waiting = new HashMap<>();

    /** Nobody waits. */
    public Junction() {}

    /**
     * Joins a connection with the one that waits for it, or has it wait. The tuple of one that waits can't be taken over. An engine may come with one whose QP
     * has just been destroyed: that waits for nobody.
     */
    synchronized boolean join(Connection connection) {
        if (connection.closed()) {
            return false;
        }
        Connection other = waiting.get(connection.tuple().mirrored());
        if (other != null && other != connection) {
            waiting.remove(other.tuple());
            waiting.remove(connection.tuple(), connection);
            connection.meet(other);
            return true;
        }
        waiting.putIfAbsent(connection.tuple(), connection);
        return false;
    }

    /** It waits no longer. */
    synchronized void leave(Connection connection) {
        waiting.remove(connection.tuple(), connection);
    }

    /** How many wait. */
    synchronized int waiting() {
        return waiting.size();
    }
}
