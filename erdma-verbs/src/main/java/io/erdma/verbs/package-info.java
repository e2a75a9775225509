/** The verbs: device, context, protection domains, memory regions, completion queues, queue pairs. */
@NullMarked
package io.erdma.verbs;

import org.jspecify.annotations.NullMarked;
