package io.erdma.cm.iwarp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An MPA start frame as this adapter writes it: RFC 5044 §7.1.1 with revision 129 and eight bytes of extension before the private data
 * (kernel: {@code struct mpa_rr}, {@code struct erdma_mpa_ext}; wire.md §6). All fields are in network order. Immutable.
 *
 * <pre>
 *  0 … 15  key: "MPA ID Req Frame" or "MPA ID Rep Frame"
 * 16 … 17  flags: 0x8000 markers, 0x4000 CRC, 0x2000 reject; low byte: revision
 * 18 … 19  length of the private data alone
 * 20 … 23  cookie of the sender's QP
 * 24 … 27  extension flags: 3:0 congestion control
 * 28 …     private data
 * </pre>
 */
public final class MpaFrame {
    /** Bytes before the private data. */
    public static final int HEADER_BYTES = 28;
    /** Most private data that is taken. */
    public static final int MAX_RECEIVED_PRIVATE_DATA = 256;
    /** Most private data that is sent: the connection manager's own length field has 8 bits. */
    public static final int MAX_SENT_PRIVATE_DATA = 255;
    /** The only revision spoken. */
    public static final int REVISION = 129;
    /** Congestion control CUBIC, the compromise when two sides differ. */
    public static final int CUBIC = 1;

    static final int FLAGS_OFFSET = 16;
    static final int LENGTH_OFFSET = 18;
    /** Bytes after which revision and length are known. */
    static final int JUDGED_BYTES = 20;
    static final int COOKIE_OFFSET = 20;
    static final int EXTENSION_OFFSET = 24;

    private static final int MARKERS = 0x8000;
    private static final int CRC = 0x4000;
    private static final int REJECT = 0x2000;
    private static final int REVISION_MASK = 0xFF;
    private static final int CONGESTION_MASK = 0xF;

    private final int flags;
    private final int cookie;
    private final int extension;
    private final byte[] privateData;

    private MpaFrame(int flags, int cookie, int extension, byte[] privateData) {
        this.flags = flags;
        this.cookie = cookie;
        this.extension = extension;
        this.privateData = privateData;
    }

    /** The two kinds of frame. */
    public enum Kind {
        /** From the active side. */
        REQUEST("MPA ID Req Frame"),
        /** From the passive side. */
        REPLY("MPA ID Rep Frame");

        private final long keyHigh;
        private final long keyLow;

        Kind(String key) {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(key);
            keyHigh = bytes.getLong();
            keyLow = bytes.getLong();
        }
    }

    /** The request of an active side. */
    static MpaFrame request(int cookie, int congestionControl, byte[] privateData) {
        return new MpaFrame(REVISION, cookie, congestionControl & CONGESTION_MASK, privateData.clone());
    }

    /** The answer that accepts this request: its flag words come back, but for what we say ourselves. */
    MpaFrame accepted(int ownCookie, int congestionControl, byte[] replyData) {
        int bits = (extension & ~CONGESTION_MASK) | (congestionControl & CONGESTION_MASK);
        return new MpaFrame(flags & ~REJECT, ownCookie, bits, replyData.clone());
    }

    /** The answer that turns this request down on behalf of the consumer: cookie and extension come back unchanged. */
    MpaFrame rejected(byte[] replyData) {
        return new MpaFrame(flags | REJECT, cookie, extension, replyData.clone());
    }

    /** The answer to a request that asks for markers or CRC. */
    MpaFrame refused() {
        return new MpaFrame((flags & ~(MARKERS | CRC)) | REJECT, cookie, extension, new byte[0]);
    }

    /** Whether the 20 bytes from {@code start} can begin a frame: our revision, and private data that we take. */
    static boolean plausible(ByteBuffer bytes, int start) {
        int revision = bytes.getShort(start + FLAGS_OFFSET) & REVISION_MASK;
        return revision == REVISION && privateDataLength(bytes, start) <= MAX_RECEIVED_PRIVATE_DATA;
    }

    /** The length field of the frame that begins at {@code start}, 0–65535. */
    static int privateDataLength(ByteBuffer bytes, int start) {
        return Short.toUnsignedInt(bytes.getShort(start + LENGTH_OFFSET));
    }

    /** Whether the frame that begins at {@code start} has the key of {@code kind}. */
    static boolean hasKey(ByteBuffer bytes, int start, Kind kind) {
        return bytes.getLong(start) == kind.keyHigh && bytes.getLong(start + Long.BYTES) == kind.keyLow;
    }

    /** Reads the whole, {@linkplain #plausible plausible} frame that begins at {@code start}. */
    static MpaFrame decode(ByteBuffer bytes, int start) {
        byte[] privateData = new byte[privateDataLength(bytes, start)];
        bytes.get(start + HEADER_BYTES, privateData);
        return new MpaFrame(Short.toUnsignedInt(bytes.getShort(start + FLAGS_OFFSET)),
                bytes.getInt(start + COOKIE_OFFSET), bytes.getInt(start + EXTENSION_OFFSET), privateData);
    }

    /** The frame as it goes over the wire, ready to be read. */
    ByteBuffer encode(Kind kind) {
        return ByteBuffer.allocate(length())
                .putLong(kind.keyHigh)
                .putLong(kind.keyLow)
                .putShort((short) flags)
                .putShort((short) privateData.length)
                .putInt(cookie)
                .putInt(extension)
                .put(privateData)
                .flip();
    }

    /** Bytes of the whole frame. */
    public int length() { return HEADER_BYTES + privateData.length; }

    /** Whether the sender wants markers in what it receives. */
    public boolean markers() {
        return (flags & MARKERS) != 0;
    }

    /** Whether the sender wants CRCs checked. */
    public boolean crc() { return (flags & CRC) != 0; }

    /** Whether a reply turns its request down. */
    public boolean reject() { return (flags & REJECT) != 0; }

    /** Cookie of the sender's QP. */
    public int cookie() { return cookie; }

    /** The sender's congestion control, 0–15. */
    public int congestionControl() { return extension & CONGESTION_MASK; }

    /** A copy of the private data, 0–256 bytes. */
    public byte[] privateData() { return privateData.clone(); }

    @Override
    public String toString() {
        return "MpaFrame[flags=0x%04x, cookie=0x%08x, extension=0x%08x, privateData=%s]"
                .formatted(flags, cookie, extension, Arrays.toString(privateData));
    }
}
