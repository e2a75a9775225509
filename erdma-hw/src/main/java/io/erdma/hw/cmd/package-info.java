/**
 * Commands: header, completion, one class for each request and response, and the channel that executes them.
 *
 * <p>Offsets count from the start of the command; the header is at 0 and not part of a body. Setters of a body refuse a value that does
 * not fit its field with EINVAL and leave the rest of the slot alone. Fields that are not set stay 0, for the channel hands out a zeroed
 * slot. Data sheet: §5 (kernel: {@code erdma_hw.h}, {@code struct erdma_cmdq_*_req}).
 */
@NullMarked
package io.erdma.hw.cmd;

import org.jspecify.annotations.NullMarked;
