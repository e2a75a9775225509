/**
 * Completion queues: poll and arm (kernel: {@code erdma_cq.c}).
 *
 * <p>A ring works on memory, a doorbell record and a doorbell that somebody else allotted: kernel verbs and the user provider are two owners
 * of the same code. No lock is held while a register is written.
 */
@NullMarked
package io.erdma.cq;

import org.jspecify.annotations.NullMarked;
