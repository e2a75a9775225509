/**
 * The messages of the vfio-user protocol as static accessors over memory: where each field is, and nothing of what a server does with it. Layouts: the
 * vfio-user specification (QEMU, docs/interop/vfio-user.rst), version 0.0. All fields are little-endian, as the hosts that this runs on are.
 */
@NullMarked
package io.erdma.model.vfio.wire;

import org.jspecify.annotations.NullMarked;
