package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.Access;
import java.util.Set;

/** A memory region of either API. */
public interface VerbsMr extends AutoCloseable {
    /** The key for the own side. */
    int lkey();

    /** The key for peers. */
    int rkey();

    /** By which address its first byte is named. */
    long address();

    /** Size in bytes. */
    long length();

    /** What it may be used for. */
    Set<Access> access();

    @Override
    void close();
}
