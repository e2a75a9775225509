package io.erdma.tests.conformance.harness;

import io.erdma.core.verbs.Access;
import io.erdma.verbs.FastRegisterMr;
import java.lang.foreign.MemorySegment;

/** A protection domain of either API. */
public interface VerbsPd extends AutoCloseable {
    /** Registers memory under its own address. */
    default VerbsMr regMr(MemorySegment memory, Access... access) {
        return regMr(memory, memory.address(), access);
    }

    /** Registers memory under another address. */
    VerbsMr regMr(MemorySegment memory, long iova, Access... access);

    /** Registers all memory, by device address; user verbs can't. */
    VerbsMr getDmaMr(Access... access);

    /** Registers memory with the bits of libibverbs; kernel verbs have none. */
    VerbsMr regMr(MemorySegment memory, long iova, int access);

    /** Makes a QP. */
    VerbsQp createQp(QpSpec qp);

    /** Makes an MR for fast registration; user verbs have none. */
    FastRegisterMr allocMr(int pages);

    @Override
    void close();
}
