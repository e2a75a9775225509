package io.erdma.model.device;

/**
 * Messages of one direction of one QP. One writer at a time: the claimant of a send queue, the own one or the peer's. Readers see what is there.
 */
final class Traffic {
    private long requests;
    private long packets;
    private long bytes;

    void count(long messageBytes, int payloadBytes) {
        requests++;
        packets += packets(messageBytes, payloadBytes);
        bytes += messageBytes;
    }

    /** Packets of a message, at least one. */
    static long packets(long messageBytes, int payloadBytes) {
        return messageBytes <= payloadBytes ? 1 : (messageBytes + payloadBytes - 1) / payloadBytes;
    }

    long requests() {
        return requests;
    }

    long packets() {
        return packets;
    }

    long bytes() {
        return bytes;
    }
}
