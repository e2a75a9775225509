package io.erdma.cli.demo;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.verbs.CompletionQueue;
import java.time.Duration;

/** Polls for completions, but not for ever: what is lost must end the demo, not hang it. */
final class Completions {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Polls between looks at the clock, which costs as much as a poll. */
    private static final int POLLS = 256;

    private Completions() {}

    /** Takes what is there, at least one, at most {@code max}. ETIMEDOUT: none came within 30 seconds. */
    static int take(CompletionQueue cq, int max, WorkCompletion[] into) {
        return take(cq, max, into, PATIENCE);
    }

    static int take(CompletionQueue cq, int max, WorkCompletion[] into, Duration patience) {
        int polled = cq.poll(max, into);
        if (polled > 0) {
            return polled;
        }
        long begin = System.nanoTime();
        do {
            for (int i = 0; i < POLLS; i++) {
                polled = cq.poll(max, into);
                if (polled > 0) {
                    return polled;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - begin < patience.toNanos());
        throw new ErrnoException(Errno.ETIMEDOUT, "no completion in " + patience.toMillis() + " ms");
    }

    /** Takes one that must be good. EIO: it is not, said with what failed; ETIMEDOUT. */
    static WorkCompletion takeGood(CompletionQueue cq, WorkCompletion[] into, String what) {
        take(cq, 1, into);
        if (!into[0].ok()) {
            throw new ErrnoException(Errno.EIO, what + " failed: " + into[0]);
        }
        return into[0];
    }
}
