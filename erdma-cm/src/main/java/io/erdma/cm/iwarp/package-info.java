/**
 * Connections of iWARP QPs: MPA start frames and the end points that exchange them (kernel: {@code erdma_cm.c}; driver-behaviour §6). An
 * end point reports to the layer above with {@link io.erdma.cm.iwarp.IwEvent}s and knows devices and QPs through two small interfaces,
 * {@link io.erdma.cm.iwarp.DevicePort} and {@link io.erdma.cm.iwarp.QpPort}.
 */
@NullMarked
package io.erdma.cm.iwarp;

import org.jspecify.annotations.NullMarked;
