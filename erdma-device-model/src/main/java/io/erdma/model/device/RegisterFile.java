package io.erdma.model.device;

import io.erdma.hw.Registers;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** The 32-bit words of BAR 0 that hold what was written, or what the device says. Which of them a driver may write is asked here too. */
final class RegisterFile {
    private static final int WORD_SHIFT = 2;
    private static final int FIRST_ADDRESS = Registers.CMDQ_SQ_ADDR_L;
    private static final int LAST_WORD = Registers.GRP_NUM;
    private static final int FIRST_RECORD = Registers.CMDQ_SQ_DB_HOST_ADDR;
    private static final int RECORDS_END = Registers.AEQ_DB_HOST_ADDR + Long.BYTES;

    private final AtomicIntegerArray words = new AtomicIntegerArray(Registers.END >> WORD_SHIFT);

    /** Whether a driver may write the word at an offset and read it back: the queues' addresses, depths and records. */
    static boolean isWritable(int offset) {
        return (offset >= FIRST_ADDRESS && offset <= LAST_WORD) || (offset >= FIRST_RECORD && offset < RECORDS_END);
    }

    int get32(int offset) {
        return words.get(offset >> WORD_SHIFT);
    }

    /** The low word is at the offset, the high one behind it. */
    long get64(int offset) {
        return Integer.toUnsignedLong(get32(offset)) | (long) get32(offset + Integer.BYTES) << Integer.SIZE;
    }

    void set32(int offset, int value) {
        words.set(offset >> WORD_SHIFT, value);
    }

    /** Forgets what a driver has written. */
    void clearWritten() {
        for (int offset = 0; offset < RECORDS_END; offset += Integer.BYTES) {
            if (isWritable(offset)) {
                set32(offset, 0);
            }
        }
    }
}
