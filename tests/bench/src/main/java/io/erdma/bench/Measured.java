package io.erdma.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Results of JMH. The best iteration counts: whatever else a machine does makes it slower, never faster. */
final class Measured {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final TimeValue ITERATION = new TimeValue(200, TimeUnit.MILLISECONDS);
    private static final int WARM_UPS = 10;
    private static final int ITERATIONS = 15;

    private final Collection<RunResult> results;

    private Measured(Collection<RunResult> results) {
        this.results = results;
    }

    /** @param forks JVMs for each benchmark, one after the other */
    static Measured run(int forks, Class<?>... benchmarks) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        for (Class<?> benchmark : benchmarks) {
            options.include("\\." + benchmark.getSimpleName() + "\\.");
        }
        return new Measured(new Runner(options.forks(forks)
                .warmupTime(ITERATION).warmupIterations(WARM_UPS)
                .measurementTime(ITERATION).measurementIterations(ITERATIONS)
                .addProfiler(GCProfiler.class)
                .jvmArgsAppend("-XX:+AlwaysPreTouch", "-Xms256m", "-Xmx256m", "-Xmn128m")
                .shouldFailOnError(true)
                .build()).run());
    }

    /** The best time of a benchmark, in its unit. */
    double best(Class<?> benchmark, String method) {
        return best(benchmark, method, "");
    }

    /** @param parameter value of its parameter */
    double best(Class<?> benchmark, String method, String parameter) {
        return find(benchmark, method, parameter).getPrimaryResult().getStatistics().getMin();
    }

    /** Bytes allocated an operation. Those of a call are whole: what JMH allocates by itself is below one. */
    double allocated(Class<?> benchmark, String method) {
        RunResult run = find(benchmark, method, "");
        Result<?> result = Objects.requireNonNull(run.getSecondaryResults().get(ALLOCATED), ALLOCATED);
        int perCall = run.getParams().getOpsPerInvocation();
        return Math.floor(result.getScore() * perCall) / perCall;
    }

    private RunResult find(Class<?> benchmark, String method, String parameter) {
        List<RunResult> found = new ArrayList<>(results);
        found.removeIf(result -> !result.getParams().getBenchmark().equals(benchmark.getName() + "." + method)
                || !(parameter.isEmpty() || parameter.equals(result.getParams().getParam("bytes"))));
        return found.getFirst();
    }
}
