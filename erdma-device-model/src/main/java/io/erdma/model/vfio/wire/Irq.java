package io.erdma.model.vfio.wire;

/** Interrupt types of a PCI device. */
public final class Irq {
    /** The pin. */
    public static final int INTX = 0;
    /** MSI. */
    public static final int MSI = 1;
    /** MSI-X. */
    public static final int MSIX = 2;
    /** Errors of the device. */
    public static final int ERROR = 3;
    /** The device asks to be given back. */
    public static final int REQUEST = 4;
    /** Number of types. */
    public static final int COUNT = 5;

    private Irq() {}
}
