/** Accounting of what a driver takes from its host. */
@NullMarked
package io.erdma.core.leak;

import org.jspecify.annotations.NullMarked;
