package io.erdma.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** UCX over shared memory, measured by {@code ucx_perftest} (Debian's {@code ucx-utils}) where it is installed. */
final class Peers {
    private static final String PORT = "13339";
    private static final long START_MILLIS = 700;
    private static final int MICROS_COLUMN = 2;
    private static final int RATE_COLUMN = 7;

    private Peers() {}

    /** Messages of 8 bytes a second, in millions. */
    static OptionalDouble millionsPerSecond(String test) {
        OptionalDouble rate = run(test, RATE_COLUMN);
        return rate.isPresent() ? OptionalDouble.of(rate.getAsDouble() / 1e6) : rate;
    }

    /** Half a round trip of 8 bytes, median, in nanoseconds. */
    static OptionalDouble nanos(String test) {
        OptionalDouble micros = run(test, MICROS_COLUMN);
        return micros.isPresent() ? OptionalDouble.of(micros.getAsDouble() * 1e3) : micros;
    }

    private static OptionalDouble run(String test, int column) {
        try {
            Process server = perftest("-c", "0").redirectErrorStream(true).start();
            try {
                // it says nothing when it listens, and would take whoever asks by connecting for its client
                Thread.sleep(START_MILLIS);
                if (!server.isAlive()) {
                    throw new IllegalStateException("ucx_perftest can't listen on port " + PORT);
                }
                String output = Program
                        .output(perftest("-c", "1", "127.0.0.1", "-t", test, "-s", "8", "-n", "2000000"));
                return OptionalDouble.of(output.lines().filter(line -> line.startsWith("Final:"))
                        .mapToDouble(line -> Double.parseDouble(line.trim().split(" +", -1)[column])).findFirst()
                        .orElseThrow(() -> new IllegalStateException(output)));
            } finally {
                server.destroyForcibly();
            }
        } catch (IOException e) {
            return OptionalDouble.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ProcessBuilder perftest(String... options) {
        List<String> command = new ArrayList<>(List.of("ucx_perftest", "-p", PORT));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("UCX_TLS", "shm,self");
        return builder;
    }
}
