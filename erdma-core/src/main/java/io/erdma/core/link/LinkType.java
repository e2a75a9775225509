package io.erdma.core.link;

import io.erdma.core.net.Netdev;
import java.util.Optional;

/** A provider of links: a driver registers its type (kernel: {@code struct rdma_link_ops}). */
public interface LinkType {
    /** Name of the type, 1–15 characters, such as {@code erdma}. */
    String name();

    /**
     * Makes a link. Called with the registry's lock held; the registry has checked name and netdev before.
     *
     * @param function address of the PCI function to use, if the caller named one
     * @return the bound link
     * @throws io.erdma.core.errno.ErrnoException ENODEV if nothing is there to bind; EINVAL with a message that names what was compared
     */
    Link create(String linkName, Netdev netdev, Optional<String> function);
}
