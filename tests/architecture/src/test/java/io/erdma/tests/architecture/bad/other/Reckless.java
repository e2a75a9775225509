package io.erdma.tests.architecture.bad.other;

import io.erdma.tests.architecture.bad.Careless;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The other end of the cycle. */
public class Reckless {
    Careless isInACycle() { return new Careless(); }

    @SuppressWarnings("restricted")
    MemorySegment reinterprets() { return Arena.global().allocate(1).reinterpret(1); }
}
