/**
 * Event queues (kernel: {@code erdma_eq.c}). {@link io.erdma.eq.EventRing} is the one polling code of all of them; {@link
 * io.erdma.eq.AsyncEventQueue} and {@link io.erdma.eq.CompletionEventQueue} tell their sinks what happened.
 */
@NullMarked
package io.erdma.eq;

import org.jspecify.annotations.NullMarked;
