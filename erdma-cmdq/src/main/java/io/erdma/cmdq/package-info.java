/** The command queue (kernel: {@code erdma_cmdq.c}): the driver's implementation of {@link io.erdma.hw.cmd.CommandChannel}. */
@NullMarked
package io.erdma.cmdq;

import org.jspecify.annotations.NullMarked;
