package io.erdma.provider;

import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.process.UserProcess;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.PciIds;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Doorbell records of a context, two side by side, out of pages of the program's memory (provider: {@code erdma_alloc_dbrecords}). Thread-safe. */
final class RecordPool {
    private static final int SLOT_BYTES = 2 * DoorbellRecord.BYTES;
    private static final int SLOTS = PciIds.PAGE_BYTES / SLOT_BYTES;

    private final UserProcess process;
    private final List<Page> pages = new ArrayList<>();

    RecordPool(UserProcess process) {
        this.process = process;
    }

    private static final class Page {
        private final AnonymousMemory memory;
        private final BitSet used = new BitSet(SLOTS);

        Page(AnonymousMemory memory) {
            this.memory = memory;
        }
    }

    /** Two records, 0 at first. */
    final class Slot implements AutoCloseable {
        private final Page page;
        private final int number;
        private boolean returned; // under the pool's lock

        private Slot(Page page, int number) {
            this.page = page;
            this.number = number;
        }

        long address() {
            return page.memory.address() + (long) number * SLOT_BYTES;
        }

        /** The first record. */
        MemorySegment first() {
            return record(0);
        }

        /** The second record. */
        MemorySegment second() {
            return record(DoorbellRecord.BYTES);
        }

        private MemorySegment record(int offset) {
            return page.memory.segment().asSlice((long) number * SLOT_BYTES + offset, DoorbellRecord.BYTES);
        }

        /** Gives it back; neither device nor program may use it any more. Idempotent. */
        @Override
        public void close() {
            giveBack(this);
        }
    }

    /** Takes a slot. ENOMEM; ESRCH: the program has exited. */
    synchronized Slot take() {
        Page page = pages.stream().filter(candidate -> candidate.used.cardinality() < SLOTS).findFirst()
                .orElseGet(this::addPage);
        Slot slot = new Slot(page, page.used.nextClearBit(0));
        slot.first().fill((byte) 0);
        slot.second().fill((byte) 0);
        page.used.set(slot.number);
        return slot;
    }

    private Page addPage() {
        Page page = new Page(process.mmap(PciIds.PAGE_BYTES));
        pages.add(page);
        return page;
    }

    private synchronized void giveBack(Slot slot) {
        if (slot.returned) {
            return;
        }
        slot.returned = true;
        slot.page.used.clear(slot.number);
        if (slot.page.used.isEmpty()) {
            pages.remove(slot.page);
            slot.page.memory.close();
        }
    }
}
