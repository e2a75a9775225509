/**
 * A function of the card as a PCI device of a virtual machine: {@link io.erdma.model.vfio.VfioUserServer} speaks the vfio-user protocol over a UNIX socket
 * and joins a QEMU guest to {@link io.erdma.model.GuestFunction}, the same door that the in-process HAL uses.
 */
@NullMarked
package io.erdma.model.vfio;

import org.jspecify.annotations.NullMarked;
