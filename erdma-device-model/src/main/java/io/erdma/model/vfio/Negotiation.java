package io.erdma.model.vfio;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.model.vfio.wire.Json;
import io.erdma.model.vfio.wire.Version;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** The first message of a connection: which version is spoken, and what either side can do. */
final class Negotiation {
    /** Bytes of data in one message that we take at most. */
    static final int MAX_TRANSFER = 64 << 10;

    private static final int MAJOR = 0;
    /** QEMU's; it refuses a higher one. */
    private static final int MINOR = 0;
    private static final String CAPABILITIES = "capabilities";
    private static final String TRANSFER = "max_data_xfer_size";
    private static final double TRANSFER_DEFAULT = 1 << 20;

    private static final String OURS = "{\"%s\":{\"max_msg_fds\":%d,\"%s\":%d,\"max_dma_maps\":%d,\"pgsizes\":4096,\"write_multiple\":true}}"
            .formatted(CAPABILITIES, Inbox.MAX_DESCRIPTORS, TRANSFER, MAX_TRANSFER, GuestMemory.MAX_RANGES);

    private Negotiation() {}

    /**
     * Reads the client's proposal: the most that it takes in one message, at most {@link #MAX_TRANSFER}.
     *
     * @param at where the payload is, of so many bytes
     * @throws ErrnoException EINVAL for another major version and for malformed capabilities
     */
    static int accept(MemorySegment message, long at, long bytes) {
        if (bytes < Version.BYTES || !Version.isTerminated(message, at, bytes)) {
            throw new ErrnoException(Errno.EINVAL, "malformed version of %d bytes".formatted(bytes));
        }
        if (Version.major(message, at) != MAJOR) {
            throw new ErrnoException(Errno.EINVAL, "version %d.%d, where %d.%d is spoken"
                    .formatted(Version.major(message, at), Version.minor(message, at), MAJOR, MINOR));
        }
        String text = Version.capabilities(message, at, bytes);
        Map<?, ?> all = text.isEmpty() ? Map.of() : Json.object(text);
        Map<?, ?> capabilities = all.get(CAPABILITIES) instanceof Map<?, ?> map ? map : Map.of();
        double transfer = capabilities.get(TRANSFER) instanceof Double number ? number : TRANSFER_DEFAULT;
        if (!(transfer >= 1)) {
            throw new ErrnoException(Errno.EINVAL, TRANSFER + " " + transfer);
        }
        return (int) Math.min(MAX_TRANSFER, transfer);
    }

    /** Composes our answer; returns its length. */
    static int answer(MemorySegment message, long at) {
        return Version.set(message, at, MAJOR, MINOR, OURS);
    }
}
