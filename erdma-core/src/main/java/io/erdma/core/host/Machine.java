package io.erdma.core.host;

import io.erdma.core.hal.PciFunction;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.net.StreamStack;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * One machine: what its kernel, and so a driver, is given. A vport of the model is one; so is a test's own arrangement. All methods are safe
 * for use by several threads.
 */
public interface Machine {
    /** For people. */
    String name();

    /** The PCI functions that are plugged in now. */
    List<PciFunction> functions();

    /** The machine's network interfaces. */
    NetdevRegistry netdevs();

    /** TCP over these interfaces. */
    StreamStack streams();

    /**
     * Runs interrupt handlers. On a machine that works inline it is the raising thread itself (the raiser sees to it that handlers run when no
     * engine does); otherwise a thread that the machine owns.
     */
    Executor interruptExecutor();

    /** What is held of this machine's resources. */
    LeakLedger ledger();
}
