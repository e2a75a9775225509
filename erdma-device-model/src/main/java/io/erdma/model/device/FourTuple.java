package io.erdma.model.device;

/**
 * One direction of a connection; IPv4 addresses and ports as numbers.
 *
 * @param source own address: 10.0.0.1 is 0x0A000001
 * @param sourcePort 0–65535
 * @param destination the peer's address
 * @param destinationPort 0–65535
 */
public record FourTuple(int source, int sourcePort, int destination, int destinationPort) {
    /** The other direction. */
    public FourTuple mirrored() {
        return new FourTuple(
                /* source= */ destination, /* sourcePort= */ destinationPort, /* destination= */ source,
                /* destinationPort= */ sourcePort);
    }
}
