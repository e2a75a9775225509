/**
 * The driver as one library (kernel: {@code erdma_main.c}). {@link io.erdma.driver.Host} is where an embedding program begins: it brings a machine's
 * functions up, binds them to interfaces by {@code newlink}, and connects.
 */
@NullMarked
package io.erdma.driver;

import org.jspecify.annotations.NullMarked;
