package io.erdma.bench;

import io.erdma.cm.RdmaConnection;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.QueuePair;
import java.util.ArrayList;
import java.util.List;

/**
 * What connections of smallest depth cost: to be made, to be kept, and to be used in turn. One thread.
 *
 * @param perSecond connections made a second, listening, connecting and accepting, on both sides: of each tenth
 * @param heapBytes of an idle connection, driver and model, both sides; the rings lie elsewhere
 * @param nanosOfOne of an 8-byte WRITE when one connection is used
 * @param nanosOfThousand of one when a thousand are used in turn
 * @param nanosOfAll of one when all are
 */
record ManyConnections(
        List<Double> perSecond, double heapBytes, double nanosOfOne, double nanosOfThousand, double nanosOfAll) {
    private static final int SLICES = 10;
    private static final int THOUSAND = 1000;
    private static final int LEAST_WRITES = 200_000;
    private static final int REPEATS = 5;
    private static final int BYTES = 8;

    /** @param count of connections, 1000 or more */
    static ManyConnections measure(int count) {
        warmUp(count / SLICES);
        try (Tenants tenants = new Tenants(count, 4096)) {
            long before = usedHeap();
            List<RdmaConnection> active = new ArrayList<>(count);
            List<RdmaConnection> passive = new ArrayList<>(count);
            List<Double> perSecond = new ArrayList<>();
            for (int i = 0; i < SLICES; i++) {
                perSecond.add(connect(tenants, count / SLICES, active, passive));
            }
            double heap = (double) (usedHeap() - before) / active.size();
            List<QueuePair> qps = active.stream().map(RdmaConnection::qp).toList();
            ManyConnections result = new ManyConnections(perSecond, heap, write(tenants, qps, 1),
                    write(tenants, qps, THOUSAND), write(tenants, qps, qps.size()));
            active.forEach(RdmaConnection::close);
            passive.forEach(RdmaConnection::close);
            return result;
        }
    }

    private static void warmUp(int count) {
        try (Tenants tenants = new Tenants(count, 4096)) {
            for (int i = 0; i < REPEATS; i++) {
                List<RdmaConnection> all = new ArrayList<>();
                connect(tenants, count, all, all);
                all.forEach(RdmaConnection::close);
            }
        }
    }

    /** Connections a second. */
    private static double connect(
            Tenants tenants, int count, List<RdmaConnection> active, List<RdmaConnection> passive) {
        long begin = System.nanoTime();
        tenants.connect(count, Tenants.SMALLEST, (out, in) -> {
            active.add(out);
            passive.add(in);
        });
        return count * 1e9 / (System.nanoTime() - begin);
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Nanoseconds of a WRITE with so many QPs in turn, the best of some repeats. */
    private static double write(Tenants tenants, List<QueuePair> qps, int used) {
        SendRequest request = tenants.out.chain(WrOpcode.RDMA_WRITE, 1, BYTES, tenants.in);
        int rounds = Math.ceilDiv(LEAST_WRITES, used);
        double best = Double.MAX_VALUE;
        for (int i = 0; i < REPEATS; i++) {
            long begin = System.nanoTime();
            for (int round = 0; round < rounds; round++) {
                for (int qp = 0; qp < used; qp++) {
                    End.post(qps.get(qp), request);
                    tenants.out.take(1);
                }
            }
            best = Math.min(best, (double) (System.nanoTime() - begin) / rounds / used);
        }
        return best;
    }
}
