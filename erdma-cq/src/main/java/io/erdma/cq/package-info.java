/** Completion queues: poll and arm. */
@NullMarked
package io.erdma.cq;

import org.jspecify.annotations.NullMarked;
