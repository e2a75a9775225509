package io.erdma.hw.cmd;

import io.erdma.hw.BitField;
import io.erdma.hw.Words;
import java.lang.foreign.MemorySegment;

/**
 * Header of a command, its first 8 bytes, written last.
 *
 * <pre>
 * 54:52 WQEBB count − 1, always 3
 * 47:32 context cookie: index of the waiter
 * 25:24 sub-module
 * 23:16 opcode
 * 15:0  producer index after this command, in WQEBBs, 16 bits, free-running
 * </pre>
 *
 * Data sheet: §5 (kernel: {@code ERDMA_CMD_HDR_*}).
 */
public final class CommandHeader {
    /** Bytes of a command, header included. */
    public static final int COMMAND_BYTES = 128;
    /** WQEBBs of a command. */
    public static final int COMMAND_WQEBBS = 4;

    private static final BitField WQEBB_COUNT = BitField.of(54, 52); // count − 1
    private static final BitField COOKIE = BitField.of(47, 32);
    private static final BitField SUB_MODULE = BitField.of(25, 24);
    private static final BitField OPCODE = BitField.of(23, 16);
    private static final BitField PRODUCER_INDEX = BitField.of(15, 0);

    private CommandHeader() {}

    /** The header of a command of {@link #COMMAND_WQEBBS}; values are cut to their fields. */
    public static long of(CommandOpcode command, int cookie, int producerIndex) {
        return compose(COMMAND_WQEBBS, cookie, command.subModule(), command.opcode(), producerIndex);
    }

    /** Any header; values are cut to their fields. */
    public static long compose(int wqebbCount, int cookie, int subModule, int opcode, int producerIndex) {
        return WQEBB_COUNT.place(wqebbCount - 1L) | COOKIE.place(cookie) | SUB_MODULE.place(subModule)
                | OPCODE.place(opcode) | PRODUCER_INDEX.place(producerIndex);
    }

    /** Publishes the command: its body must have been stored before. */
    public static void store(MemorySegment slot, long offset, long header) {
        Words.storeLe64(slot, offset, header);
    }

    /** The header, to be read before the body. */
    public static long load(MemorySegment slot, long offset) {
        return Words.loadLe64(slot, offset);
    }

    /** WQEBBs of the command, 1 … 8. */
    public static int wqebbCount(long header) {
        return WQEBB_COUNT.getInt(header) + 1;
    }

    /** Index of the waiter, 16 bits. */
    public static int cookie(long header) {
        return COOKIE.getInt(header);
    }

    /** Sub-module, 2 bits. */
    public static int subModule(long header) {
        return SUB_MODULE.getInt(header);
    }

    /** Opcode, 8 bits. */
    public static int opcode(long header) {
        return OPCODE.getInt(header);
    }

    /** Index after this command, 16 bits, free-running. */
    public static int producerIndex(long header) {
        return PRODUCER_INDEX.getInt(header);
    }
}
