/** The host's network as an RDMA driver meets it: network interfaces, their notifier, and TCP streams that can be handed to a card. */
@NullMarked
package io.erdma.core.net;

import org.jspecify.annotations.NullMarked;
