package io.erdma.cli.demo;

import java.util.function.LongConsumer;

/**
 * How one way moved the payload.
 *
 * @param way which way
 * @param bytes how much
 * @param nanos time between post and completion, hashing and reading left out
 * @param sent SHA-256 of what was read
 * @param received SHA-256 of what arrived
 */
record Transfer(Way way, long bytes, long nanos, String sent, String received) {
    /** Moves a payload of any size in batches of pieces. */
    static Transfer run(Way way, End sender, End receiver, Payload payload, LongConsumer progress) {
        return run(way, way::move, sender, receiver, payload, progress);
    }

    /** What {@link Way#move} does. */
    @FunctionalInterface
    interface Move {
        void move(End sender, End receiver, int[] lengths, int count, boolean last);
    }

    static Transfer run(
            Way way, Move move, End sender, End receiver, Payload payload, LongConsumer progress) {
        Digest sent = new Digest();
        Digest received = new Digest();
        int[] lengths = new int[End.SLOTS];
        long left = payload.bytes();
        long nanos = 0;
        try (Payload.Reader source = payload.open()) {
            do {
                int count = 0;
                do {
                    lengths[count] = (int) Math.min(left, End.SLOT_BYTES);
                    source.fill(sender.slot(count, lengths[count]));
                    sent.add(sender.slot(count, lengths[count]));
                    receiver.slot(count, lengths[count]).fill((byte) 0);
                    left -= lengths[count];
                    count++;
                } while (left > 0 && count < End.SLOTS);
                long begin = System.nanoTime();
                move.move(sender, receiver, lengths, count, left == 0);
                nanos += System.nanoTime() - begin;
                for (int i = 0; i < count; i++) {
                    received.add(receiver.slot(i, lengths[i]));
                }
                progress.accept(payload.bytes() - left);
            } while (left > 0);
        }
        return new Transfer(way, payload.bytes(), nanos, sent.hex(), received.hex());
    }

    boolean verified() {
        return sent.equals(received);
    }

    double gigabytesPerSecond() {
        return nanos == 0 ? 0 : (double) bytes / nanos;
    }
}
