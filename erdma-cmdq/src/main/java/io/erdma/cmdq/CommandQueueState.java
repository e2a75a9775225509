package io.erdma.cmdq;

/**
 * What there is to see of the command queue.
 *
 * @param working false once a command timed out or the queue was closed
 * @param inFlight commands that wait for their completion
 * @param submitted WQEBBs submitted, modulo 2¹⁶
 * @param completed completions taken
 * @param timedOut commands that were not answered in time
 * @param dropped completions that nobody waited for
 */
public record CommandQueueState(
        boolean working, int inFlight, int submitted, int completed, long timedOut, long dropped) {}
