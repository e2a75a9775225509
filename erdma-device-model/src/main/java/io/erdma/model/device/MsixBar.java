package io.erdma.model.device;

/** BAR 2 (device-interface §1): takes accesses to the {@link MsixTable} apart; an unmask sends what is pending. Any thread. */
final class MsixBar {
    /** Bytes of the BAR. */
    static final long BYTES = MsixTable.BYTES;

    private static final int WORD = Integer.BYTES;
    private static final int QWORD = Long.BYTES;

    private final ErdmaFunction function;
    private final MsixTable table;

    MsixBar(ErdmaFunction function, int vectors) {
        this.function = function;
        this.table = new MsixTable(vectors);
    }

    /** Reads 4 or 8 aligned bytes; anything else reads 0 and is counted. */
    long read(long offset, int size) {
        if (offset < 0 || offset > BYTES - size || (size != WORD && size != QWORD)
                || (offset & (size - 1)) != 0) {
            function.count(ModelCounter.UNKNOWN_ACCESSES);
            return 0;
        }
        long low = table.read(offset) & 0xFFFF_FFFFL;
        return size == WORD ? low : low | (long) table.read(offset + WORD) << Integer.SIZE;
    }

    /** Writes 4 or 8 aligned bytes of the table; anything else does nothing and is counted. */
    void write(long offset, int size, long value) {
        if ((size != WORD && size != QWORD) || (offset & (size - 1)) != 0 || !table.isTable(offset)) {
            function.count(ModelCounter.UNKNOWN_ACCESSES);
            return;
        }
        writeWord(offset, (int) value);
        if (size == QWORD) {
            writeWord(offset + WORD, (int) (value >>> Integer.SIZE));
        }
    }

    private void writeWord(long offset, int value) {
        int pending = table.write(offset, value);
        if (pending >= 0) {
            EngineContext context = function.execution().context();
            context.interrupt(function, pending);
            context.settle();
        }
    }

    /** A raise: true if the message goes out now; else it is pending until the unmask. */
    boolean raise(int vector) {
        return table.raise(vector);
    }

    /** Drops what is pending. */
    void clearPending() {
        table.clearPending();
    }

    /** Forgets addresses and data of all vectors. */
    void clearMessages() {
        table.clearMessages();
    }
}
