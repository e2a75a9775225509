/** {@code erdma demo}: two tenants of one virtual network move a file, and an outsider does not reach them. */
@NullMarked
package io.erdma.cli.demo;

import org.jspecify.annotations.NullMarked;
