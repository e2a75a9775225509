package io.erdma.cm.iwarp;

import io.erdma.core.net.Stream;
import java.nio.ByteBuffer;

/**
 * Collects one start frame from a stream, however its bytes arrive (kernel: {@code erdma_recv_mpa_rr}). What is known depends on the bytes so
 * far alone, never on how they were cut. Not thread-safe.
 */
final class MpaFrameReader {
    /** One byte more than the largest frame: enough to see that something is behind it. */
    private static final int CAPACITY = MpaFrame.HEADER_BYTES + MpaFrame.MAX_RECEIVED_PRIVATE_DATA + 1;

    private final MpaFrame.Kind expected;
    private final ByteBuffer bytes = ByteBuffer.allocate(CAPACITY);

    /** What the bytes so far are. */
    enum Progress {
        /** The beginning of a frame, or nothing yet. */
        INCOMPLETE,
        /** One good frame and nothing behind it. */
        COMPLETE,
        /** Not a frame that we take: revision, length, bytes behind it, key, or an end inside it. */
        BROKEN,
        /** Nothing at all, and the stream has ended. */
        ENDED
    }

    MpaFrameReader(MpaFrame.Kind expected) { this.expected = expected; }

    /** Reads what the stream has. An end of the stream after a whole frame is no error (driver-behaviour §8, defect 18). */
    Progress readFrom(Stream stream) {
        int read = 1;
        while (read > 0 && bytes.hasRemaining()) {
            read = stream.read(bytes);
        }
        Progress progress = progress();
        if (read < 0 && progress == Progress.INCOMPLETE) {
            return bytes.position() == 0 ? Progress.ENDED : Progress.BROKEN;
        }
        return progress;
    }

    /** Judges in the order of driver-behaviour §6: length and revision, private data, nothing behind it, key. */
    private Progress progress() {
        int count = bytes.position();
        if (count < MpaFrame.JUDGED_BYTES) {
            return Progress.INCOMPLETE;
        }
        if (!MpaFrame.plausible(bytes, 0)) {
            return Progress.BROKEN;
        }
        int whole = MpaFrame.HEADER_BYTES + MpaFrame.privateDataLength(bytes, 0);
        if (count < whole) {
            return Progress.INCOMPLETE;
        }
        return count == whole && MpaFrame.hasKey(bytes, 0, expected) ? Progress.COMPLETE : Progress.BROKEN;
    }

    /** The frame, once {@link #readFrom} said {@link Progress#COMPLETE}. */
    MpaFrame frame() {
        return MpaFrame.decode(bytes, 0);
    }
}
