/**
 * The HAL as a driver sees it: what a PCI driver gets from any operating system, and no more. PCI identity, BARs with 32- and 64-bit
 * MMIO, DMA-coherent memory, mappings of a caller's memory, MSI-X vectors, reset and surprise removal.
 *
 * <p>Three implementations shape it: the in-process model ({@code io.erdma.core.hal.device}), a mock in unit tests, and a Linux VFIO
 * device later. So device addresses never equal virtual ones, mappings are counted page-granular runs, and everything can fail.
 */
@NullMarked
package io.erdma.core.hal;

import org.jspecify.annotations.NullMarked;
