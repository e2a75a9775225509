package io.erdma.model.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A region whose virtual addresses are its device addresses plus a constant. */
final class TestMr {
    private static final long SHIFT = 0x7000_0000_0000L;

    final TestHost host;
    final int index;
    final int key;
    final long address;
    final long bytes;

    TestMr(TestHost host, int index, int key, long address, long bytes) {
        this.host = host;
        this.index = index;
        this.key = key;
        this.address = address;
        this.bytes = bytes;
    }

    int stag() {
        return index << 8 | key;
    }

    long va() {
        return address + SHIFT;
    }

    long va(long offset) {
        return va() + offset;
    }

    MemorySegment memory() {
        return host.memory.slice(address, bytes);
    }

    TestMr fill(int seed) {
        byte[] content = new byte[(int) bytes];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (seed + i);
        }
        MemorySegment.copy(content, 0, memory(), ValueLayout.JAVA_BYTE, 0, content.length);
        return this;
    }

    byte[] copy(long from, long length) {
        return memory().asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
