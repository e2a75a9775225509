package io.erdma.driver;

import io.erdma.core.exec.Clock;
import io.erdma.core.exec.WorkQueue;
import java.util.concurrent.Executor;

/**
 * What the driver runs on: no thread of its own. The driver closes none of it.
 *
 * @param clock time
 * @param driverQueue delayed commands and removals
 * @param cmQueue the end points' work
 * @param interrupts runs interrupt handlers
 */
record HostServices(Clock clock, WorkQueue driverQueue, WorkQueue cmQueue, Executor interrupts) {}
