package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Syndrome;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Commands, requests, doorbells and register accesses of which most are valid but for one field; what a tenant can do to itself, and to nobody else. */
class GarbageTest {
    @Test
    void hundredThousandMutations_breakNothing_andMeetEveryRefusal() {
        run(2026_11_22, 100_000);
    }

    @Test
    @Tag("soak")
    void tenMillionMutations() {
        run(ThreadLocalRandom.current().nextLong(), 10_000_000);
    }

    private static void run(long seed, int count) {
        System.out.println("garbage: seed " + seed + ", " + count + " mutations");
        try (Mutator mutator = new Mutator(seed)) {
            mutator.run(count);
            System.out.println("garbage: " + mutator.report());

            assertThat(mutator.syndromes()).as("syndromes").contains(Syndrome.SUCCESS, Syndrome.GENERAL,
                    Syndrome.BAD_RQE, Syndrome.REMOTE_STAG,
                    Syndrome.REMOTE_ADDRESS, Syndrome.REMOTE_RIGHTS, Syndrome.REMOTE_PD, Syndrome.REMOTE_WRAP,
                    Syndrome.BAD_SQE,
                    Syndrome.LOCAL_STAG, Syndrome.LOCAL_ADDRESS, Syndrome.LOCAL_RIGHTS, Syndrome.LOCAL_PD,
                    Syndrome.LOCAL_WRAP,
                    Syndrome.FLUSHED, Syndrome.RETRY_EXCEEDED);
            assertThat(mutator.events()).as("events").containsExactlyInAnyOrder(Aeqe.QP_FATAL, Aeqe.QP_RECV_QUEUE_ERROR,
                    Aeqe.ACCESS_ERROR,
                    Aeqe.CQ_ERROR, Aeqe.OTHER);
            assertThat(mutator.commandsNeverRefused()).as("commands never refused").isEmpty();
            assertThat(mutator.commandsNeverDone()).as("commands never done").isEmpty();
            assertThat(mutator.countersAtZero()).as("counters at 0").isEmpty();
        }
    }
}
