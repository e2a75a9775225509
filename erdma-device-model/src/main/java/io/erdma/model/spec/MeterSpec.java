package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;

/**
 * Limits of one direction of a vport.
 *
 * @param bitsPerSecond payload bits a second; 0 for no limit, EINVAL if negative
 * @param packetsPerSecond packets a second; 0 for no limit, EINVAL if negative
 */
public record MeterSpec(long bitsPerSecond, long packetsPerSecond) {
    /** No limits. */
    public static final MeterSpec UNLIMITED = new MeterSpec(0, 0);

    /** Checks both. */
    public MeterSpec {
        if (bitsPerSecond < 0 || packetsPerSecond < 0) {
            throw new ErrnoException(Errno.EINVAL,
                    "limits of " + bitsPerSecond + " bit/s and " + packetsPerSecond + " packets/s");
        }
    }
}
