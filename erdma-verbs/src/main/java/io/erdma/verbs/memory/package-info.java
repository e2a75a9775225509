/** How a device finds a caller's memory: runs of device addresses, the best page size, tables of page addresses. Pure mechanism: no commands, no objects. */
@NullMarked
package io.erdma.verbs.memory;

import org.jspecify.annotations.NullMarked;
