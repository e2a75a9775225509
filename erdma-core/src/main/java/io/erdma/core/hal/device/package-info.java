/**
 * The other side of the HAL's door: what a function model sees. BAR reads and writes come in through {@link
 * io.erdma.core.hal.device.FunctionModel}; a {@link io.erdma.core.hal.device.DmaSpace} hands out windows to the host's memory; {@link
 * io.erdma.core.hal.device.InterruptSink} takes vectors. {@link io.erdma.core.hal.device.InProcessFunction} joins both sides in one process;
 * a guest's PCI bus (vfio-user) can stand in its place.
 */
@NullMarked
package io.erdma.core.hal.device;

import org.jspecify.annotations.NullMarked;
