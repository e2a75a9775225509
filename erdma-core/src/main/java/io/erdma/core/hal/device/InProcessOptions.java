package io.erdma.core.hal.device;

/**
 * How the in-process HAL lays out memory.
 *
 * @param strict one arena and one window an object, so that every use after free is noticed; otherwise objects share slabs of long-lived
 *     arenas
 * @param scattered a caller's memory gets one run a page, in falling order, as an IOMMU-less host's might; otherwise one run in all
 */
public record InProcessOptions(boolean strict, boolean scattered) {
    /** Slabs and single runs. */
    public static final InProcessOptions FAST = new InProcessOptions(false, false);

    /** For tests: every object by itself, every page by itself. */
    public static final InProcessOptions STRICT = new InProcessOptions(true, true);
}
