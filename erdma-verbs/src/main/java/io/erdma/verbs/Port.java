package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.PhysicalState;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.PortState;
import io.erdma.hw.Limits;
import io.erdma.hw.PciIds;
import java.util.List;

/** The only port of a device, as its netdev makes it (kernel: {@code erdma_query_port}, {@code erdma_query_gid}; driver-behaviour §3). */
final class Port {
    private static final int CAP_CM = 1 << 16;
    private static final int CAP_DEVICE_MANAGEMENT = 1 << 19;
    private static final int GIDS = 1;
    private static final int PKEYS = 0;

    private static final int WIDTH_1X = 1;
    private static final int WIDTH_2X = 16;
    private static final int WIDTH_4X = 2;
    private static final int SDR = 1;
    private static final int DDR = 2;
    private static final int FDR10 = 8;
    private static final int EDR = 32;
    private static final int HDR = 64;
    private static final int NDR = 128;

    /** The first that is not slower than the netdev; the last beyond that (kernel: {@code ib_get_eth_speed}). */
    private static final List<Rate> RATES = List.of(
            new Rate(1_000, SDR, WIDTH_1X), new Rate(10_000, FDR10, WIDTH_1X), new Rate(20_000, DDR, WIDTH_4X),
            new Rate(25_000, EDR, WIDTH_1X), new Rate(40_000, FDR10, WIDTH_4X), new Rate(50_000, EDR, WIDTH_2X),
            new Rate(100_000, EDR, WIDTH_4X), new Rate(200_000, HDR, WIDTH_4X), new Rate(400_000, NDR, WIDTH_4X));

    private final Netdev netdev;
    private final Gid gid;
    private final long nodeGuid;

    Port(Netdev netdev, MacAddress peerAddress) {
        this.netdev = netdev;
        this.gid = Gid.ofIwarp(peerAddress);
        this.nodeGuid = eui64(netdev.address());
    }

    private static long eui64(MacAddress address) {
        long high = address.bits() >>> 24;
        long low = address.bits() & 0xFF_FFFF;
        return (high << 40 | 0xFFFEL << 24 | low) ^ 1L << 57;
    }

    /** EUI-64 of the netdev's address. */
    long nodeGuid() {
        return nodeGuid;
    }

    Mtu mtu() {
        return Mtu.fitting(netdev.mtu());
    }

    /** EINVAL for another port. */
    static void check(int port) {
        if (port != PciIds.PORTS) {
            throw new ErrnoException(Errno.EINVAL, "port " + port + ", the device has port 1");
        }
    }

    /** EINVAL for another entry. */
    Gid gid(int index) {
        if (index != 0) {
            throw new ErrnoException(Errno.EINVAL, "GID " + index + ", the port has " + GIDS);
        }
        return gid;
    }

    PortAttributes attributes() {
        boolean running = netdev.running();
        Rate rate = RATES.stream().filter(r -> netdev.speedMbits() <= r.mbits).findFirst().orElse(RATES.getLast());
        return new PortAttributes(
                running ? PortState.ACTIVE : PortState.DOWN,
                running ? PhysicalState.LINK_UP : PhysicalState.DISABLED,
                mtu(), mtu(), GIDS, PKEYS, Limits.MESSAGE_BYTES, CAP_CM | CAP_DEVICE_MANAGEMENT, rate.speed,
                rate.width);
    }

    private record Rate(int mbits, int speed, int width) {}
}
