/** Queue pairs: send and receive rings and the state machine. */
@NullMarked
package io.erdma.qp;

import org.jspecify.annotations.NullMarked;
