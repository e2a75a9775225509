/** The card's flow rules: who may send what to whom, how fast, and what was dropped. */
@NullMarked
package io.erdma.model.flow;

import org.jspecify.annotations.NullMarked;
