/** The command erdma. */
@NullMarked
package io.erdma.cli;

import org.jspecify.annotations.NullMarked;
