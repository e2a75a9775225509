/** Allocation of object numbers. */
@NullMarked
package io.erdma.core.ids;

import org.jspecify.annotations.NullMarked;
