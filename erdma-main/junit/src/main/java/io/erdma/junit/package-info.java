/** A JUnit extension that gives a test a card with two connected hosts. */
@NullMarked
package io.erdma.junit;

import org.jspecify.annotations.NullMarked;
