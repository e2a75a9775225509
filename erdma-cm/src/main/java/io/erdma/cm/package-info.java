/** The iWARP connection manager: end points, MPA, and an API like that of rdma_cm. */
@NullMarked
package io.erdma.cm;

import org.jspecify.annotations.NullMarked;
