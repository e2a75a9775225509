/**
 * One function of the card, as its driver meets it: BARs, command queue, event, completion and work queues in host memory, protection table and the
 * engines that carry out work requests. Everything in host memory is reached through DMA windows only.
 *
 * <p>Who may touch what:
 * <ul>
 * <li>A queue that work is taken from ({@link io.erdma.model.device.Work}: send queues, the command queue) is run by the thread that claimed it, one at
 * a time. Its fields belong to the claimant; claim and release publish them.
 * <li>A receive queue is run by who claimed it: the engine of the one peer, or the flush of the own QP.
 * <li>A completion queue is written under its lock, which an engine keeps for a batch. Doorbells leave their value beside it and never wait.
 * <li>Order: send queue, then the peer's (or own) receive queue, then completion queue, then event queue. Whoever waits for one of them holds none
 * that comes behind it.
 * <li>An engine that is inside its {@link io.erdma.core.hal.device.Ticket} never waits for a claim. So whoever takes memory or an object away may wait
 * for the tickets, whatever claims it holds.
 * </ul>
 */
@NullMarked
package io.erdma.model.device;

import org.jspecify.annotations.NullMarked;
