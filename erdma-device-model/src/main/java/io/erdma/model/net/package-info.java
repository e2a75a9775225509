/**
 * TCP-like streams among the vports of one virtual network, under the card's flow rules.
 *
 * <p>Locks: the network's ({@link io.erdma.model.net.VpcNetwork}) guards who listens and which connections there are; a connection's guards its two ends
 * and comes after the network's. Neither is held while an observer runs.
 */
@NullMarked
package io.erdma.model.net;

import org.jspecify.annotations.NullMarked;
