/** Error numbers of Linux, and the exception that carries one on the control path. */
@NullMarked
package io.erdma.core.errno;

import org.jspecify.annotations.NullMarked;
