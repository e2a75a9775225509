/** Test doubles of the core: manual clock and executors, fake function, fake network device. */
@NullMarked
package io.erdma.core.testing;

import org.jspecify.annotations.NullMarked;
