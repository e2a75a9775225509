/** The data sheet: registers, doorbells, descriptors, commands. */
@NullMarked
package io.erdma.hw;

import org.jspecify.annotations.NullMarked;
