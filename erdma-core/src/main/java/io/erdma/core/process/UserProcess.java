package io.erdma.core.process;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A user program as the kernel knows it: the memory that it got, whether it is privileged, and what it has open (kernel: {@code struct task_struct},
 * {@code mm_struct}, {@code files_struct}). Drivers find its memory by address, so that an address can be handed over as bytes and a wrong one is EFAULT.
 *
 * <p>{@link #close()} is its exit: what it has open is closed, then its memory is gone. Thread-safe.
 */
public final class UserProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UserProcess.class);
    private static final int PAGE = 4096;

    private final String name;
    private final boolean rawIo;
    private final LeakLedger ledger;
    private final ConcurrentSkipListMap<Long, AnonymousMemory> memory = new ConcurrentSkipListMap<>();
    private final Deque<AutoCloseable> files = new ArrayDeque<>(); // under the lock of this
    private boolean exited; // likewise

    /**
     * A program that has nothing yet.
     *
     * @param name for people
     * @param rawIo whether it may touch device registers that it shares with others (kernel: {@code CAP_SYS_RAWIO})
     * @param ledger where its memory is counted, as {@link Resource#ARENA}
     */
    public UserProcess(String name, boolean rawIo, LeakLedger ledger) {
        this.name = name;
        this.rawIo = rawIo;
        this.ledger = ledger;
    }

    /** For people. */
    public String name() {
        return name;
    }

    /** Whether it has raw-I/O privilege. */
    public boolean rawIo() {
        return rawIo;
    }

    /**
     * Gives it memory (kernel: {@code mmap} of anonymous memory): whole pages of 4096 bytes, all 0.
     *
     * @param bytes how many it needs; rounded up
     * @throws ErrnoException EINVAL: below 1; ENOMEM: there is not so much; ESRCH: it has exited
     */
    @SuppressWarnings("MustBeClosedChecker") // the memory owns the arena and closes it
    public AnonymousMemory mmap(long bytes) {
        if (bytes < 1 || bytes > Long.MAX_VALUE - PAGE) {
            throw new ErrnoException(bytes < 1 ? Errno.EINVAL : Errno.ENOMEM, bytes + " bytes of memory");
        }
        Arena arena = Arena.ofShared();
        AnonymousMemory made;
        try {
            made = new AnonymousMemory(this, arena, arena.allocate((bytes + PAGE - 1) & -PAGE, PAGE));
        } catch (OutOfMemoryError | IllegalArgumentException e) {
            arena.close();
            throw new ErrnoException(Errno.ENOMEM, bytes + " bytes of memory for " + name, e);
        }
        synchronized (this) {
            if (!exited) {
                ledger.add(Resource.ARENA, 1);
                memory.put(made.address(), made);
                return made;
            }
        }
        arena.close();
        throw exitedError();
    }

    private ErrnoException exitedError() {
        return new ErrnoException(Errno.ESRCH, "process " + name + " has exited");
    }

    void unmapped(AnonymousMemory gone) {
        memory.remove(gone.address());
        ledger.add(Resource.ARENA, -1);
    }

    /**
     * Its memory at an address (kernel: {@code get_user_pages}).
     *
     * @param bytes how many, from 1
     * @throws ErrnoException EFAULT: not all of it is memory of this process, or it is in two pieces
     */
    public MemorySegment find(long address, long bytes) {
        Map.Entry<Long, AnonymousMemory> entry = memory.floorEntry(address);
        if (entry != null && bytes > 0) {
            MemorySegment segment = entry.getValue().segment();
            long offset = address - segment.address();
            if (offset < segment.byteSize() && bytes <= segment.byteSize() - offset) {
                return segment.asSlice(offset, bytes);
            }
        }
        throw new ErrnoException(Errno.EFAULT, "%d bytes at 0x%x are not memory of %s".formatted(bytes, address, name));
    }

    /**
     * It opens something that is to be closed when it exits. ESRCH: it has exited.
     *
     * @param file must close without waiting for this process
     */
    public synchronized void opened(AutoCloseable file) {
        if (exited) {
            throw exitedError();
        }
        files.push(file);
    }

    /** It has closed something itself; no effect for what is not open. */
    public synchronized void closed(AutoCloseable file) {
        files.remove(file);
    }

    /** How many things it has open. */
    public synchronized int openFiles() {
        return files.size();
    }

    /** Bytes of memory that it has. */
    public long memoryBytes() {
        return memory.values().stream().mapToLong(piece -> piece.segment().byteSize()).sum();
    }

    /** It exits, whatever it was doing: what it has open is closed, what was opened last first; then its memory is given back. Idempotent. */
    @Override
    public void close() {
        List<AutoCloseable> open;
        synchronized (this) {
            exited = true;
            open = List.copyOf(files);
            files.clear();
        }
        open.forEach(this::closeFile);
        List.copyOf(memory.values()).forEach(AnonymousMemory::close);
    }

    private void closeFile(AutoCloseable file) {
        try {
            file.close();
        } catch (Exception e) {
            LOG.warn("{} of {} could not be closed", file, name, e); // the others and the memory go all the same
        }
    }

    @Override
    public String toString() {
        return "process " + name;
    }
}
