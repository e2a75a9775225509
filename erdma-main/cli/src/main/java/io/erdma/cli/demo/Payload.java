package io.erdma.cli.demo;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** What is moved, read from its beginning as often as wanted: a file, or seeded random data. */
abstract sealed class Payload {
    private final long bytes;
    private final String description;

    private Payload(long bytes, String description) {
        this.bytes = bytes;
        this.description = description;
    }

    /** Random data of a seed. */
    static Payload random(long bytes, long seed) {
        return new Random(bytes, seed);
    }

    /** A file, whose size is taken now. ENOENT, EINVAL: no regular file; EIO. */
    static Payload file(Path file) {
        if (!Files.exists(file)) {
            throw new ErrnoException(Errno.ENOENT, "no file " + file);
        }
        if (!Files.isRegularFile(file)) {
            throw new ErrnoException(Errno.EINVAL, file + " is no regular file");
        }
        try {
            return new OfFile(file, Files.size(file));
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static String count(long bytes) {
        return bytes == 1 ? "1 byte" : "%,d bytes".formatted(bytes);
    }

    long bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return description;
    }

    /** A reader that stands at the beginning. */
    abstract Reader open();

    /** Reads on. */
    interface Reader extends AutoCloseable {
        /** Fills the whole segment; EIO if the data ends before. */
        void fill(MemorySegment target);

        @Override
        void close();
    }

    private static final class Random extends Payload {
        private final long seed;

        Random(long bytes, long seed) {
            super(bytes, "%s of random data (seed %d)".formatted(count(bytes), seed));
            this.seed = seed;
        }

        @Override
        Reader open() {
            SplittableRandom random = new SplittableRandom(seed);
            return new Reader() {
                @Override
                public void fill(MemorySegment target) {
                    long at = 0;
                    for (; at + Long.BYTES <= target.byteSize(); at += Long.BYTES) {
                        target.set(ValueLayout.JAVA_LONG_UNALIGNED, at, random.nextLong());
                    }
                    for (; at < target.byteSize(); at++) {
                        target.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
                    }
                }

                @Override
                public void close() {}
            };
        }
    }

    private static final class OfFile extends Payload {
        private final Path file;

        OfFile(Path file, long bytes) {
            super(bytes, "%s (%s)".formatted(file, count(bytes)));
            this.file = file;
        }

        @Override
        Reader open() {
            FileChannel channel;
            try {
                channel = FileChannel.open(file, StandardOpenOption.READ);
            } catch (IOException e) {
                throw new ErrnoException(Errno.EIO, "cannot open " + file + ": " + e.getMessage(), e);
            }
            return new Reader() {
                @Override
                public void fill(MemorySegment target) {
                    ByteBuffer buffer = target.asByteBuffer();
                    try {
                        while (buffer.hasRemaining()) {
                            if (channel.read(buffer) < 0) {
                                throw new ErrnoException(Errno.EIO, file + " became shorter while it was read");
                            }
                        }
                    } catch (IOException e) {
                        throw new ErrnoException(Errno.EIO, "cannot read " + file + ": " + e.getMessage(), e);
                    }
                }

                @Override
                public void close() {
                    try {
                        channel.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
        }
    }
}
