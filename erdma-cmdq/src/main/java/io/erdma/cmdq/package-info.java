/** The command queue: how the driver asks the card for anything. */
@NullMarked
package io.erdma.cmdq;

import org.jspecify.annotations.NullMarked;
