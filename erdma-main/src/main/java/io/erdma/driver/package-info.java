/** The driver as one library: probe and remove, and the binding to a network device. */
@NullMarked
package io.erdma.driver;

import org.jspecify.annotations.NullMarked;
