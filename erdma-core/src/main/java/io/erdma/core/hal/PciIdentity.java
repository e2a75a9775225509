package io.erdma.core.hal;

/**
 * What identifies a PCI function in its configuration space.
 *
 * @param address where it sits, such as {@code 0000:00:05.0}
 * @param vendor 16-bit vendor number
 * @param device 16-bit device number
 * @param revision 8-bit revision
 */
public record PciIdentity(String address, int vendor, int device, int revision) {}
