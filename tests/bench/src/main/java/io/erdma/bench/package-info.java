/** Benchmarks of driver and model together, and their comparison with the goals. */
@NullMarked
package io.erdma.bench;

import org.jspecify.annotations.NullMarked;
