/**
 * The user ABI, version 1: what a provider and the driver hand each other at creation of contexts, CQs and QPs. Names are those of
 * {@code rdma/erdma-abi.h}; structs lie in memory in the byte order of the hosts that ERDMA has, little-endian. Data sheet: §10.
 */
@NullMarked
package io.erdma.hw.abi;

import org.jspecify.annotations.NullMarked;
