/**
 * ib_core's vocabulary, with libibverbs' names and meanings: work requests, completions, scatter/gather elements, access rights, states,
 * events and attributes. No behaviour. What the data path uses is mutable and meant to be reused; the rest are records and enums.
 */
@NullMarked
package io.erdma.core.verbs;

import org.jspecify.annotations.NullMarked;
