package io.erdma.model.vfio.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A range of a client's memory file, mapped.
 *
 * <p>Only a file that can't shrink is mapped: a memfd sealed with {@code F_SEAL_SHRINK}, as QEMU makes them. An access beyond the end of a file is a SIGBUS,
 * and the JVM survives that in most of its code, but not all (an interpreted compare-and-set kills it). Huge pages are refused too: a client can take
 * them back by punching holes, with the same effect.
 */
public final class SharedMemory implements AutoCloseable {
    private static final int F_GET_SEALS = 1034;
    private static final int F_SEAL_SHRINK = 2;
    private static final long TMPFS_MAGIC = 0x0102_1994;
    private static final int STAT_BYTES = 256;
    private static final int STAT_SIZE = 48;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED_NORESERVE = 1 | 0x4000;
    private static final long PAGE = 4096;

    private final Arena arena;
    private final LeakLedger ledger;
    private final MemorySegment segment;

    private SharedMemory(Arena arena, LeakLedger ledger, MemorySegment segment) {
        this.arena = arena;
        this.ledger = ledger;
        this.segment = segment;
    }

    /** Whether a descriptor is of a file that can be mapped and stays as long as it is. */
    public static boolean isLasting(Descriptor file) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment state = Libc.newState(scratch);
            int seals = Libc.fcntl(state, file.number(), F_GET_SEALS, 0);
            MemorySegment answer = scratch.allocate(STAT_BYTES, Long.BYTES);
            return seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && Libc.fstatfs(state, file.number(), answer) == 0
                    && answer.get(JAVA_LONG, 0) == TMPFS_MAGIC;
        }
    }

    /**
     * Maps a range of a {@linkplain #isLasting lasting} file. The descriptor stays the caller's.
     *
     * @param offset in the file, a multiple of 4096
     * @throws ErrnoException EINVAL for a range that is not aligned or not all in the file, or what the system says
     */
    @SuppressWarnings({ "restricted", "MustBeClosedChecker" }) // a new mapping, at its exact size; closed with it
    public static SharedMemory map(Descriptor file, long offset, long bytes, boolean writable, LeakLedger ledger) {
        if (offset < 0 || bytes <= 0 || (offset & (PAGE - 1)) != 0 || offset > Long.MAX_VALUE - bytes) {
            throw new ErrnoException(Errno.EINVAL, "cannot map %d bytes at %d of a file".formatted(bytes, offset));
        }
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment state = Libc.newState(scratch);
            MemorySegment stat = scratch.allocate(STAT_BYTES, Long.BYTES);
            int result = Libc.fstat(state, file.number(), stat);
            if (result < 0 || stat.get(JAVA_LONG, STAT_SIZE) < offset + bytes) {
                throw new ErrnoException(Errno.EINVAL, "the file ends before %d".formatted(offset + bytes));
            }
            long address = Libc.mmap(state, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                    MAP_SHARED_NORESERVE, file.number(), offset);
            if (address < 0) {
                throw Libc.failure("mmap", address);
            }
            Arena arena = Arena.ofShared();
            MemorySegment segment = MemorySegment.ofAddress(address).reinterpret(bytes, arena,
                    mapped -> unmap(mapped.address(), bytes));
            ledger.add(Resource.FILE_MAPPING, 1);
            return new SharedMemory(arena, ledger, writable ? segment : segment.asReadOnly());
        }
    }

    private static void unmap(long address, long bytes) {
        try (Arena scratch = Arena.ofConfined()) {
            int _ = Libc.munmap(Libc.newState(scratch), address, bytes);
        }
    }

    /** The memory; byte 0 is the range's first. Accesses after {@link #close} throw {@link IllegalStateException}. */
    public MemorySegment segment() {
        return segment;
    }

    /** Unmaps it. Once. */
    @Override
    public void close() {
        arena.close();
        ledger.add(Resource.FILE_MAPPING, -1);
    }
}
