/** The link registry: explicit binding of RDMA links to network interfaces, as {@code rdma link add NAME type TYPE netdev IF} does. */
@NullMarked
package io.erdma.core.link;

import org.jspecify.annotations.NullMarked;
