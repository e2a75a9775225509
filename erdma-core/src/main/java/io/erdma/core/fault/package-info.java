/** Planned faults: one plan that HAL decorators and the seams of a model read. */
@NullMarked
package io.erdma.core.fault;

import org.jspecify.annotations.NullMarked;
