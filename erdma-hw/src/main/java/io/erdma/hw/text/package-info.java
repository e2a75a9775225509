/** The data sheet's registers and descriptors as one line of text each, for traces: names as in the data sheet, numbers as a person reads them. */
@NullMarked
package io.erdma.hw.text;

import org.jspecify.annotations.NullMarked;
