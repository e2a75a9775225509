/**
 * User verbs, as an application meets them (rdma-core: {@code providers/erdma} with {@code libibverbs}). Queues are memory of the program and doorbells are
 * mapped: a post or a poll calls no driver. All else asks the kernel's side, {@link io.erdma.verbs.UserContext}, by handles and bytes.
 *
 * <p>{@link io.erdma.provider.Context} is where it begins.
 */
@NullMarked
package io.erdma.provider;

import org.jspecify.annotations.NullMarked;
