package io.erdma.model.vfio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.erdma.model.vfio.sys.ClientKernel;
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
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Speaks the protocol as QEMU does. One thread, and one more if it serves memory ({@link #serve}). */
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
    private final MemorySegment incoming = arena.allocate(256 << 10, 8);
    /** Replies that the receiving thread has found; an empty one ends them. */
    private final BlockingQueue<byte[]> replies = new LinkedBlockingQueue<>();
    private Thread receiver;
    /** Takes what the server asks for while a reply is awaited; false to wait no more. */
    private Predicate<MemorySegment> requests = request -> {
        throw new IllegalStateException("no reply");
    };
    private volatile RuntimeException defect;

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

    /** Connects, agrees on the version as a client that takes so many bytes in a message, and serves its memory. */
    public static VfioClient serving(Path path, int largestTransfer, DmaService service) {
        VfioClient client = new VfioClient(path);
        if (client.version(0, 0, "{\"capabilities\":{\"max_data_xfer_size\":%d}}".formatted(largestTransfer)) != 0) {
            throw new IllegalStateException("no version");
        }
        client.serve(service);
        return client;
    }

    /** From now on a thread receives, and serves what the server asks for. */
    void serve(DmaService service) {
        socket.setPatience(0);
        receiver = Thread.ofPlatform().name("client").start(() -> {
            try {
                while (receive(incoming)) {
                    if (Header.type(incoming, 0) == Header.TYPE_REPLY) {
                        replies.add(incoming.asSlice(0, Header.size(incoming, 0)).toArray(ValueLayout.JAVA_BYTE));
                    } else {
                        service.take(this, incoming);
                    }
                }
            } catch (RuntimeException e) {
                defect = e;
            }
            replies.add(new byte[0]);
        });
    }

    /** From now on who waits for a reply serves what the server asks for. */
    void serveWhileWaiting(Predicate<MemorySegment> newRequests) {
        requests = newRequests;
    }

    private boolean receive(MemorySegment message) {
        if (!socket.receive(message, 0, Header.BYTES)) {
            return false;
        }
        long size = Header.size(message, 0);
        if (size < Header.BYTES || size > message.byteSize()) {
            throw new IllegalStateException("a message of %d bytes".formatted(size));
        }
        return socket.receive(message, Header.BYTES, size - Header.BYTES);
    }

    /** Whether the server has ended the connection. */
    public boolean awaitEnd() {
        try {
            return receiver.join(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the connection; {@link #close} must follow. */
    void hangUp() {
        socket.shutdown();
    }

    int version(int major, int minor, String capabilities) {
        return call(Command.VERSION, composeVersion(major, minor, capabilities));
    }

    /** Proposes a version and does not wait. */
    int postVersion(String capabilities) {
        return post(Command.VERSION, composeVersion(0, 0, capabilities), false);
    }

    private long composeVersion(int major, int minor, String capabilities) {
        byte[] text = (capabilities + "\0").getBytes(UTF_8);
        request.set(ValueLayout.JAVA_SHORT, PAYLOAD, (short) major);
        request.set(ValueLayout.JAVA_SHORT, PAYLOAD + 2, (short) minor);
        MemorySegment.copy(text, 0, request, ValueLayout.JAVA_BYTE, PAYLOAD + 4, text.length);
        return 4 + text.length;
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
        return send(request, bytes, descriptors);
    }

    synchronized boolean send(MemorySegment message, long bytes, int... descriptors) {
        return socket.send(message, 0, bytes, descriptors);
    }

    /** Sends a message with descriptors that are not the client's any more when its last byte goes: the server's are the last, whatever it does with them. */
    synchronized boolean give(MemorySegment whole, long bytes, int... descriptors) {
        boolean sent = socket.send(whole, 0, 1, descriptors);
        IntStream.of(descriptors).forEach(ClientKernel::close);
        return sent && socket.send(whole, 1, bytes - 1);
    }

    /** Takes the next reply: 0, its errno, or −1 if the server is gone. */
    int awaitReply() {
        do {
            if (!(receiver == null ? receive(reply) : takeReply())) {
                return -1;
            }
        } while (Header.type(reply, 0) != Header.TYPE_REPLY && requests.test(reply));
        if (Header.type(reply, 0) != Header.TYPE_REPLY) {
            return -1;
        }
        long size = Header.size(reply, 0);
        if (!Header.isError(reply, 0)) {
            return 0;
        }
        if (size != Header.BYTES || Header.errno(reply, 0) <= 0) {
            throw new IllegalStateException(
                    "an error reply of %d bytes, errno %d".formatted(size, Header.errno(reply, 0)));
        }
        return Header.errno(reply, 0);
    }

    private boolean takeReply() {
        try {
            byte[] next = replies.poll(20, TimeUnit.SECONDS);
            if (next == null || next.length == 0) {
                return false;
            }
            MemorySegment.copy(next, 0, reply, ValueLayout.JAVA_BYTE, 0, next.length);
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Id of the last reply. */
    int replyId() {
        return Header.id(reply, 0);
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

    /** Takes all memory away. */
    public int unmapAll() {
        DmaUnmap.set(request, PAYLOAD, DmaUnmap.ALL, 0, 0);
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

    /** Writes 8 bytes without an answer and reads 4 behind that, all sent at once. */
    long postAndRead(int region, long offset, long value, long readOffset) {
        composeWrite(region, offset, 8, value);
        long second = Header.BYTES + RegionAccess.BYTES + 8;
        Header.command(request, 0, nextId++ & 0xFFFF, Command.REGION_WRITE, second, true);
        RegionAccess.set(request, second + Header.BYTES, readOffset, region, 4);
        Header.command(request, second, nextId++ & 0xFFFF, Command.REGION_READ, Header.BYTES + RegionAccess.BYTES,
                false);
        send(second + Header.BYTES + RegionAccess.BYTES);
        if (awaitReply() != 0) {
            throw new IllegalStateException("no answer");
        }
        return reply.get(ValueLayout.JAVA_INT, PAYLOAD + RegionAccess.BYTES);
    }

    /** As {@link ClientSocket#sendOutOfBand}. */
    void sendOutOfBand() {
        socket.sendOutOfBand();
    }

    int setIrqs(int flags, int type, long start, long count, int... descriptors) {
        IrqSet.set(request, PAYLOAD, 0, flags, type, start, count);
        return call(Command.DEVICE_SET_IRQS, IrqSet.BYTES, descriptors);
    }

    @Override
    public void close() {
        if (receiver != null) {
            socket.shutdown();
            if (!awaitEnd()) {
                throw new IllegalStateException("the receiving thread hangs");
            }
        }
        socket.close();
        arena.close();
        if (defect != null) {
            throw defect;
        }
    }
}
