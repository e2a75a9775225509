package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Several connections between two PDs, each with a piece of their memory, that carry traffic of which every byte is looked at. */
final class Lanes {
    /** The largest operation. */
    static final int MOST = 2048;

    private static final int SLOT = MOST + Long.BYTES;

    /** What a connection can be asked to do. */
    enum Op {
        WRITE,
        READ,
        SEND,
        FETCH_ADD,
        COMPARE_SWAP
    }

    /** What is done next: which operation, of how many bytes. */
    record Step(Op op, int size) {}

    private final List<Lane> lanes = new ArrayList<>();
    private int number;

    Lanes(Lab lab, int count) {
        Pair first = lab.pair(usual -> spec(usual, count));
        lanes.add(new Lane(first.left(), first.right(), 0));
        for (int i = 1; i < count; i++) {
            Pair next = lab.connect(lab.sharing(first.left()), lab.sharing(first.right()));
            lanes.add(new Lane(next.left(), next.right(), (long) i * SLOT));
        }
    }

    private static EndSpec spec(EndSpec usual, int count) {
        return usual.withBytes((long) count * SLOT).withCqEntries(64);
    }

    /** A connection, and where its piece of memory is at both ends. */
    private record Lane(End left, End right, long slot) {
        private long word() { return slot + MOST; }

        /** Puts a request together, with the memory that it needs, and tells what an atomic must find. */
        long post(Step step, int number) {
            long before = right.memory.getLong(word());
            left.post(switch (step.op) {
                case WRITE -> {
                    left.memory.fill(slot, step.size, number);
                    yield named(left.write(slot, step.size, right, slot), number);
                }
                case READ -> {
                    right.memory.fill(slot, step.size, number);
                    yield named(left.read(slot, step.size, right, slot), number);
                }
                case SEND -> {
                    left.memory.fill(slot, step.size, number);
                    right.postReceive(number, slot, step.size);
                    yield named(left.send(slot, step.size), number);
                }
                case FETCH_ADD -> named(left.fetchAdd(word(), right, word(), number), number);
                case COMPARE_SWAP -> named(left.compareSwap(word(), right, word(), before, number), number);
            });
            return before;
        }

        private static SendRequest named(SendRequest request, int number) {
            request.wrId = number;
            return request;
        }

        void finish(Step step, int number, long before) {
            assertThat(left.awaitOk().wrId).isEqualTo(number);
            switch (step.op) {
                case SEND -> {
                    assertThat(right.awaitOk().byteLength).isEqualTo(step.size);
                    assertSame(step.size);
                }
                case WRITE, READ -> assertSame(step.size);
                case FETCH_ADD -> assertWords(before, before + number);
                case COMPARE_SWAP -> assertWords(before, number);
            }
        }

        private void assertSame(int size) {
            assertThat(left.memory.slice(slot, size).mismatch(right.memory.slice(slot, size))).isEqualTo(-1);
        }

        private void assertWords(long own, long peers) {
            assertThat(left.memory.getLong(word())).isEqualTo(own);
            assertThat(right.memory.getLong(word())).isEqualTo(peers);
        }
    }

    /** The next step of a connection. */
    interface Steps {
        Step next();
    }

    /** So many rounds: each connection is given a step, then all are waited for and looked at. */
    void run(int rounds, Steps steps) {
        run(rounds, steps, () -> false);
    }

    /** The same, or as many as there is time for; at least one. */
    void run(int rounds, Steps steps, BooleanSupplier timeIsUp) {
        Step[] taken = new Step[lanes.size()];
        long[] before = new long[lanes.size()];
        for (int round = 0; round < rounds && (round == 0 || !timeIsUp.getAsBoolean()); round++) {
            number++;
            for (int i = 0; i < taken.length; i++) {
                taken[i] = steps.next();
                before[i] = lanes.get(i).post(taken[i], number);
            }
            for (int i = 0; i < taken.length; i++) {
                lanes.get(i).finish(taken[i], number, before[i]);
            }
        }
    }
}
