package io.erdma.tests.architecture.bad;

import io.erdma.core.errno.Errno;
import io.erdma.tests.architecture.bad.other.Reckless;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;

/** Breaks the rules, one a member. */
public class Careless {
    static final AtomicLong STATE = new AtomicLong();
    static int counter;
    public int open;

    void sleeps() throws InterruptedException { Thread.sleep(1); }

    void usesInternals(com.sun.net.httpserver.HttpServer server) { server.start(); }

    Method reflects() { return Careless.class.getDeclaredMethods()[0]; }

    void prints() { System.out.println(); }

    void logs() { Logger.getGlobal().info("x"); }

    long readsTheTime() { return System.nanoTime(); }

    void startsAThread() { new Thread(this::prints).start(); }

    /** The package of this class is of no module, and so may depend on none. */
    Errno dependsOnTheCore() {
        return Errno.EINVAL;
    }

    Reckless isInACycle() { return new Reckless(); }

    @SuppressWarnings("restricted")
    MemorySegment reinterprets() { return Arena.global().allocate(1).reinterpret(1); }
}
