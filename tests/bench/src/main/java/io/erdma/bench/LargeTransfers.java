package io.erdma.bench;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One transfer at a time, inline, beside a plain copy between the same two pieces of memory. Time a transfer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LargeTransfers {
    private static final int MOST = 1 << 20;

    /** Bytes of a transfer. */
    @Param({ "65536", "1048576" }) public int bytes = MOST;

    private final Pair pair = new Pair(MOST);
    private SendRequest write = pair.chain(WrOpcode.RDMA_WRITE, 1, MOST);
    private SendRequest read = pair.chain(WrOpcode.RDMA_READ, 1, MOST);

    /** Makes the requests. */
    @Setup
    public void make() {
        write = pair.chain(WrOpcode.RDMA_WRITE, 1, bytes);
        read = pair.chain(WrOpcode.RDMA_READ, 1, bytes);
    }

    /** The copy that a transfer can't do without. */
    @Benchmark
    public void copy() {
        MemorySegment.copy(pair.out.memory, 0, pair.in.memory, 0, bytes);
    }

    /** A WRITE. */
    @Benchmark
    public void write() {
        End.post(pair.outQp, write);
        pair.out.take(1);
    }

    /** A READ. */
    @Benchmark
    public void read() {
        End.post(pair.outQp, read);
        pair.out.take(1);
    }

    /** Disconnects. */
    @TearDown
    public void close() {
        pair.close();
    }
}
