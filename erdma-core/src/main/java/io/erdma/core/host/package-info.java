/** A machine as a kernel finds it: its PCI functions, its network, its interrupt dispatch. */
@NullMarked
package io.erdma.core.host;

import org.jspecify.annotations.NullMarked;
