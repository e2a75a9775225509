/** User programs as a kernel knows them: memory, privileges, open files. */
@NullMarked
package io.erdma.core.process;

import org.jspecify.annotations.NullMarked;
