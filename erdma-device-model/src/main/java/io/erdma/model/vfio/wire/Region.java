package io.erdma.model.vfio.wire;

/** Region numbers of a PCI device; 0 … 5 are its BARs. */
public final class Region {
    /** Number of BARs. */
    public static final int BARS = 6;
    /** Expansion ROM. */
    public static final int ROM = 6;
    /** Configuration space. */
    public static final int CONFIG = 7;
    /** VGA ports. */
    public static final int VGA = 8;
    /** Number of regions. */
    public static final int COUNT = 9;

    private Region() {}
}
