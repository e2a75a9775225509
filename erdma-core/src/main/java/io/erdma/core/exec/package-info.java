/** Time and threads as they are handed to the stack: clock, ordered work queues, timers. */
@NullMarked
package io.erdma.core.exec;

import org.jspecify.annotations.NullMarked;
