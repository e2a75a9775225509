package io.erdma.cm.iwarp;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/** What a consumer may ask for. */
final class Checks {
    private Checks() {}

    /** EINVAL if the private data is too long to be sent (driver-behaviour §8, defect 17). */
    static void privateData(byte[] data) {
        if (data.length > MpaFrame.MAX_SENT_PRIVATE_DATA) {
            throw new ErrnoException(Errno.EINVAL,
                    data.length + " bytes of private data are more than " + MpaFrame.MAX_SENT_PRIVATE_DATA);
        }
    }

    /** EINVAL if the device can't do that many READs and atomics. */
    static void depths(DevicePort device, int ird, int ord) {
        if (ird < 0 || ird > device.maxIrd() || ord < 0 || ord > device.maxOrd()) {
            throw new ErrnoException(Errno.EINVAL,
                    "IRD " + ird + ", ORD " + ord + " are not within 0…" + device.maxIrd()
                            + ", 0…" + device.maxOrd());
        }
    }

    /** EAFNOSUPPORT if the address is not IPv4. */
    static void family(InetSocketAddress address) {
        if (!(address.getAddress() instanceof Inet4Address)) {
            throw new ErrnoException(Errno.EAFNOSUPPORT, address + " is no IPv4 address");
        }
    }
}
