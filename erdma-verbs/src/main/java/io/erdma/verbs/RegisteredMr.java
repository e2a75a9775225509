package io.erdma.verbs;

/** What an MR of any kind is to the device and its PD. */
sealed interface RegisteredMr extends AutoCloseable permits MemoryRegion, FastRegisterMr {
    MrSnapshot snapshot();

    @Override
    void close();
}
