/**
 * The verbs: device, protection domains, memory regions, completion queues, queue pairs. Names and meanings are libibverbs'; refusals of the control path are
 * {@link io.erdma.core.errno.ErrnoException}s that changed nothing, those of the data path are numbers.
 *
 * <p>Everything is safe for use by several threads unless it says otherwise. Handlers are called in the thread that noticed the event, an interrupt handler for the
 * most part, with no lock held: they may call verbs, but must not block.
 */
@NullMarked
package io.erdma.verbs;

import org.jspecify.annotations.NullMarked;
