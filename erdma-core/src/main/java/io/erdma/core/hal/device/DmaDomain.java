package io.erdma.core.hal.device;

import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All engines of one card and the DMA spaces they touch. An engine announces entry and exit of each batch with its {@link Ticket}; whoever
 * takes memory away closes the window first and then waits until every engine that was inside has come out ({@link #awaitQuiescence()}), so no
 * engine can still be using it.
 *
 * <p>Ordering: a ticket's entry is a volatile store before the volatile read of {@link DmaWindow#isOpen()}, an unmap is a volatile store of
 * "closed" before the volatile read of the tickets; so one of the two sees the other.
 */
public final class DmaDomain {
    private final CopyOnWriteArrayList<Ticket> tickets = new CopyOnWriteArrayList<>();

    /** No engines. */
    public DmaDomain() {}

    /** A ticket for one engine; retire it when the engine ends. */
    public Ticket newTicket() {
        Ticket ticket = new Ticket();
        tickets.add(ticket);
        return ticket;
    }

    /** Takes a ticket out of account; it must be outside. */
    public void retire(Ticket ticket) {
        tickets.remove(ticket);
    }

    /**
     * Waits until every engine that was inside when this was called has been outside once. Must not be called by an engine that is inside: it would
     * wait for itself; {@link Ticket#isInside()} tells.
     */
    public void awaitQuiescence() {
        for (Ticket ticket : tickets) {
            ticket.awaitExit();
        }
    }
}
