/**
 * What the vfio-user server needs of Linux: UNIX sockets that carry descriptors, shared files, eventfds. The only package that calls native code; see
 * {@link io.erdma.model.vfio.sys.Libc}.
 */
@NullMarked
package io.erdma.model.vfio.sys;

import org.jspecify.annotations.NullMarked;
