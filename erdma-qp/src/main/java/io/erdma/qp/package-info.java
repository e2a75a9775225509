/**
 * Queue pairs: send and receive rings and the state machine (kernel: {@code erdma_qp.c}).
 *
 * <p>A ring works on memory, a doorbell record and a doorbell that somebody else allotted: kernel verbs and the user provider are two owners
 * of the same code. Nothing here holds a lock while it writes a register, so whatever a doorbell sets off in the writing thread, a completion
 * handler that posts again included, meets no lock of the ring.
 */
@NullMarked
package io.erdma.qp;

import org.jspecify.annotations.NullMarked;
