package io.erdma.cli.demo;

import java.io.Console;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;

/**
 * What the demo is put together from, where it could be something else.
 *
 * @param carrier moves the payload
 * @param smallMessages measures small messages with so many engine threads
 * @param terminal whether somebody watches the output
 */
record Parts(Carrier carrier, IntFunction<SmallMessages> smallMessages, BooleanSupplier terminal) {
    static final Parts REAL = new Parts(Transfer::run, SmallMessages::measure, Parts::isTerminal);

    /** Moves the payload one way, as {@link Transfer#run}. */
    @FunctionalInterface
    interface Carrier {
        Transfer carry(Way way, End sender, End receiver, Payload payload, LongConsumer progress);
    }

    @SuppressWarnings("SystemConsoleNull") // its contract still allows null
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
