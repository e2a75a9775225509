/** Event queues: the asynchronous one, the completion ones, and their vectors. */
@NullMarked
package io.erdma.eq;

import org.jspecify.annotations.NullMarked;
