package io.erdma.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Another program, run to its end. */
final class Program {
    private static final long PATIENCE_MINUTES = 10;

    private Program() {}

    /**
     * What a program prints.
     *
     * @throws IOException if it can't be started
     * @throws IllegalStateException if it fails, or has to be ended as it takes minutes
     */
    static String output(ProcessBuilder command) throws IOException {
        Process process = command.redirectErrorStream(true).start();
        var _ = process.onExit().completeOnTimeout(process, PATIENCE_MINUTES, TimeUnit.MINUTES)
                .thenAccept(Process::destroyForcibly);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.onExit().join().exitValue();
        if (status != 0) {
            throw new IllegalStateException(command.command() + " ended with " + status + ": " + output);
        }
        return output;
    }
}
