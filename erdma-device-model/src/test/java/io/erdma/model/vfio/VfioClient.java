package io.erdma.model.vfio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erdma.model.vfio.sys.ClientSocket;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaMap;
import io.erdma.model.vfio.wire.DmaUnmap;
import io.erdma.model.vfio.wire.Header;
import io.erdma.model.vfio.wire.IrqSet;
import io.erdma.model.vfio.wire.RegionAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Speaks the protocol as QEMU does. One thread. */
public final class VfioClient implements AutoCloseable {
    /** The capabilities that QEMU 11.1 proposes, in its order. */
    static final String QEMU = "{\"capabilities\": {\"max_msg_fds\": 8, \"max_data_xfer_size\": 1048576, \"pgsizes\": 4096, "
            + "\"max_dma_maps\": 65535, \"write_multiple\": true, \"migration\": {\"pgsize\": 4096, \"max_bitmap_size\": 268435456}}}";
    static final long PAYLOAD = Header.BYTES;

    private final Arena arena = Arena.ofShared();
    private final ClientSocket socket;
    /** A message is composed here, payload at {@link #PAYLOAD}. */
    final MemorySegment request = arena.allocate(256 << 10, 8);
    /** The last reply. */
    final MemorySegment reply = arena.allocate(256 << 10, 8);
    private int nextId = 1;

    /** Connects and says nothing yet. */
    public VfioClient(Path path) {
        socket = new ClientSocket(path);
    }

    /** Connects and agrees on the version. */
    public static VfioClient negotiated(Path path) {
        VfioClient client = new VfioClient(path);
        if (client.version(0, 0, QEMU) != 0) {
            throw new IllegalStateException("no version");
        }
        return client;
    }

    int version(int major, int minor, String capabilities) {
        byte[] text = (capabilities + "\0").getBytes(UTF_8);
        request.set(ValueLayout.JAVA_SHORT, PAYLOAD, (short) major);
        request.set(ValueLayout.JAVA_SHORT, PAYLOAD + 2, (short) minor);
        MemorySegment.copy(text, 0, request, ValueLayout.JAVA_BYTE, PAYLOAD + 4, text.length);
        return call(Command.VERSION, 4 + text.length);
    }

    /** Sends what was composed as a command and takes the reply: 0, or its errno. */
    int call(int command, long payloadBytes, int... descriptors) {
        int id = post(command, payloadBytes, false, descriptors);
        int errno = awaitReply();
        if (errno >= 0 && (Header.id(reply, 0) != id || Header.command(reply, 0) != command)) {
            throw new IllegalStateException("a reply to something else");
        }
        if (errno < 0) {
            throw new IllegalStateException("the server is gone");
        }
        return errno;
    }

    /** Sends what was composed; returns its id. */
    int post(int command, long payloadBytes, boolean noReply, int... descriptors) {
        int id = nextId++ & 0xFFFF;
        Header.command(request, 0, id, command, Header.BYTES + payloadBytes, noReply);
        send(Header.BYTES + payloadBytes, descriptors);
        return id;
    }

    /** Sends the first bytes of what was composed, header and all; false if the server is gone. */
    boolean send(long bytes, int... descriptors) {
        return socket.send(request, 0, bytes, descriptors);
    }

    /** Takes the next reply: 0, its errno, or −1 if the server is gone. */
    int awaitReply() {
        if (!socket.receive(reply, 0, Header.BYTES)) {
            return -1;
        }
        long size = Header.size(reply, 0);
        if (Header.type(reply, 0) != Header.TYPE_REPLY || size < Header.BYTES || size > reply.byteSize()
                || !socket.receive(reply, Header.BYTES, size - Header.BYTES)) {
            throw new IllegalStateException("no reply");
        }
        if (!Header.isError(reply, 0)) {
            return 0;
        }
        if (size != Header.BYTES || Header.errno(reply, 0) <= 0) {
            throw new IllegalStateException(
                    "an error reply of %d bytes, errno %d".formatted(size, Header.errno(reply, 0)));
        }
        return Header.errno(reply, 0);
    }

    /** Bytes of the last reply's payload. */
    long replyBytes() {
        return Header.size(reply, 0) - Header.BYTES;
    }

    /** Gives the device memory; {@code file} −1: none that could be mapped. */
    public int map(long address, long bytes, long offset, boolean writable, int file) {
        DmaMap.set(request, PAYLOAD, writable ? DmaMap.READABLE | DmaMap.WRITABLE : DmaMap.READABLE, offset, address,
                bytes);
        return file < 0 ? call(Command.DMA_MAP, DmaMap.BYTES) : call(Command.DMA_MAP, DmaMap.BYTES, file);
    }

    /** Takes memory away. */
    public int unmap(long address, long bytes) {
        DmaUnmap.set(request, PAYLOAD, 0, address, bytes);
        return call(Command.DMA_UNMAP, DmaUnmap.BYTES);
    }

    int tryRead(int region, long offset, long count) {
        RegionAccess.set(request, PAYLOAD, offset, region, count);
        return call(Command.REGION_READ, RegionAccess.BYTES);
    }

    /** Reads up to 8 bytes. */
    public long read(int region, long offset, int count) {
        int errno = tryRead(region, offset, count);
        if (errno != 0) {
            throw new IllegalStateException("errno " + errno);
        }
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (reply.get(ValueLayout.JAVA_BYTE, PAYLOAD + RegionAccess.BYTES + i) & 0xFFL) << (8 * i);
        }
        return value;
    }

    int tryWrite(int region, long offset, int count, long value) {
        composeWrite(region, offset, count, value);
        return call(Command.REGION_WRITE, RegionAccess.BYTES + count);
    }

    private void composeWrite(int region, long offset, int count, long value) {
        RegionAccess.set(request, PAYLOAD, offset, region, count);
        for (int i = 0; i < count; i++) {
            request.set(ValueLayout.JAVA_BYTE, PAYLOAD + RegionAccess.BYTES + i, (byte) (value >>> (8 * i)));
        }
    }

    /** Writes up to 8 bytes and waits for the answer. */
    public void write(int region, long offset, int count, long value) {
        int errno = tryWrite(region, offset, count, value);
        if (errno != 0) {
            throw new IllegalStateException("errno " + errno);
        }
    }

    /** Writes up to 8 bytes, as QEMU writes BARs: without an answer. */
    public void post(int region, long offset, int count, long value) {
        composeWrite(region, offset, count, value);
        post(Command.REGION_WRITE, RegionAccess.BYTES + count, true);
    }

    int setIrqs(int flags, int type, long start, long count, int... descriptors) {
        IrqSet.set(request, PAYLOAD, 0, flags, type, start, count);
        return call(Command.DEVICE_SET_IRQS, IrqSet.BYTES, descriptors);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
