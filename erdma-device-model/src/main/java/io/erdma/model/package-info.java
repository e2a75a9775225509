/** The model of the card: virtual ports, functions, engines, flow rules and the fabric between them. */
@NullMarked
package io.erdma.model;

import org.jspecify.annotations.NullMarked;
