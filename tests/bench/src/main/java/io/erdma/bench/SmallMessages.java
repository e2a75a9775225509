package io.erdma.bench;

import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Messages of 8 bytes, inline: one thread posts, is the card, and polls. Time a message. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SmallMessages {
    private static final int BATCH = 32;
    private static final int BYTES = 8;

    private final Pair pair = new Pair(4096);
    private final SendRequest write = pair.chain(WrOpcode.RDMA_WRITE, 1, BYTES);
    private final SendRequest writes = pair.chain(WrOpcode.RDMA_WRITE, BATCH, BYTES);
    private final SendRequest sends = pair.chain(WrOpcode.SEND, BATCH, BYTES);
    private final ReceiveRequest receives = pair.receives(BATCH, BYTES);

    /** A WRITE that is posted and whose completion is polled before the next. */
    @Benchmark
    public void write() {
        End.post(pair.outQp, write);
        pair.out.take(1);
    }

    /** A WRITE of a chain of 32, the last of which completes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void writeOf32() {
        End.post(pair.outQp, writes);
        pair.out.take(1);
    }

    /** A SEND of a chain of 32, the last of which completes, with its receive and the receive's completion. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void sendOf32() {
        End.post(pair.inQp, receives);
        End.post(pair.outQp, sends);
        pair.out.take(1);
        pair.in.take(BATCH);
    }

    /** Disconnects. */
    @TearDown
    public void close() {
        pair.close();
    }
}
