/** Rules that hold for all modules together. */
@NullMarked
package io.erdma.tests.architecture;

import org.jspecify.annotations.NullMarked;
