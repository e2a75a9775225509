package io.erdma.model.net;

import static io.erdma.model.net.Link.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.Stream;
import io.erdma.core.net.StreamObserver;
import io.erdma.model.Moc;
import io.erdma.model.Vport;
import io.erdma.model.spec.CardSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several connections at once, one writer and one reader each, in both executions: every byte arrives once and in order, and no reader is left waiting. */
class StreamStressTest {
    private static final int CONNECTIONS = 4;
    private static final int BYTES = 300_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1 })
    void everyByteArrives(int engineThreads) throws Exception {
        try (Moc card = Moc.of(CardSpec.twoTenants().toBuilder().engineThreads(engineThreads).build())) {
            List<Future<?>> work = new ArrayList<>();
            card.vport("bob").streams().listen(at("10.0.0.2", 7174), Optional.empty(), CONNECTIONS,
                    stream -> work(work, () -> readAll(stream)));
            for (int i = 0; i < CONNECTIONS; i++) {
                int seed = i;
                work(work, () -> writeAll(card.vport("alice"), seed));
            }
            for (int i = 0; i < 2 * CONNECTIONS; i++) {
                next(work, i).get();
            }
            assertThat(card.vport("alice").ledger().outstanding()).isEmpty();
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private void work(List<Future<?>> work, Task task) {
        synchronized (work) {
            work.add(threads.submit(() -> {
                task.run();
                return null;
            }));
            work.notifyAll();
        }
    }

    private static Future<?> next(List<Future<?>> work, int index) throws InterruptedException {
        synchronized (work) {
            while (work.size() <= index) {
                work.wait();
            }
            return work.get(index);
        }
    }

    private static void writeAll(Vport alice, int seed) throws InterruptedException {
        Bell bell = new Bell();
        Random random = new Random(seed);
        try (Stream stream = alice.streams().connect(Optional.empty(), at("10.0.0.2", 7174), bell)) {
            bell.connected.acquire();
            for (int sent = 0; sent < BYTES;) {
                byte[] bytes = new byte[Math.min(BYTES - sent, 1 + random.nextInt(5000))];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = pattern(sent + i);
                }
                for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining();) {
                    if (stream.write(left) == 0) {
                        Thread.onSpinWait();
                    }
                }
                sent += bytes.length;
            }
        }
    }

    private static void readAll(Stream stream) throws InterruptedException {
        Bell bell = new Bell();
        stream.observe(bell);
        ByteBuffer target = ByteBuffer.allocate(3000);
        int seen = 0;
        for (int count = stream.read(target); count >= 0; count = stream.read(target.clear())) {
            if (count == 0) {
                bell.readable.acquire(); // a wake-up that were lost would hang here
                bell.readable.drainPermits();
            }
            for (int i = 0; i < count; i++) {
                assertThat(target.get(i)).isEqualTo(pattern(seen++));
            }
        }
        assertThat(seen).isEqualTo(BYTES);
        stream.close();
    }

    private static byte pattern(int position) {
        return (byte) (position * 31 + (position >>> 8));
    }

    private static final class Bell implements StreamObserver {
        private final Semaphore connected = new Semaphore(0);
        private final Semaphore readable = new Semaphore(0);

        @Override
        public void connected() {
            connected.release();
        }

        @Override
        public void connectFailed(Errno reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void readable() {
            readable.release();
        }

        @Override
        public void peerClosed() {
            readable.release();
        }
    }
}
