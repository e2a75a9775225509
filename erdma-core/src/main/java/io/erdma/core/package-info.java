/** What a kernel gives a driver: the HAL, network devices, errno, clock and executors, and the vocabulary of verbs. */
@NullMarked
package io.erdma.core;

import org.jspecify.annotations.NullMarked;
