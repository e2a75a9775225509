package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.QpType;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.CqSpec;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsChannel;
import io.erdma.tests.conformance.harness.VerbsCq;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Completion queues and their events: test_cq.py, test_cq_events.py of rdma-core. */
class PyverbsCqRowsTest {
    private static final long SEED = 20_261_128;
    private static final int ROUNDS = 50;
    private static final int LARGEST_LOG2 = 12;

    @Row(value = "test_cq.CQAPITest.test_create_cq", suite = Row.PYVERBS, asserts = STATE)
    void cqs_ofAnySize_onAnyVector_holdWhatWasAskedFor(Lab lab) {
        Verbs verbs = lab.open();
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            int entries = 1 + random.nextInt(1 << random.nextInt(LARGEST_LOG2 + 1));
            int vector = random.nextInt(verbs.completionVectors());
            try (VerbsCq cq = verbs.createCq(CqSpec.of(entries).withVector(vector))) {
                assertThat(cq.entries()).isBetween(entries, verbs.attributes().maxCqe());
                assertThat(Integer.bitCount(cq.entries())).isEqualTo(1);
                assertThat(cq.poll(1, WorkCompletion.array(1))).isZero();
                assertThat(cqs(lab)).isEqualTo(1);
            }
        }
        assertThat(cqs(lab)).isZero();
    }

    @Row(value = "test_cq.CQAPITest.test_create_cq_with_comp_channel", suite = Row.PYVERBS, asserts = { STATE, ERRNO })
    void aCq_onAChannel_keepsItOpen(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        VerbsCq first = verbs.createCq(CqSpec.of(16).withChannel(channel));
        VerbsCq second = verbs.createCq(CqSpec.of(16).withChannel(channel));

        assertThat(channel.pollEvent()).isEmpty();
        Refused.with(Errno.EBUSY, channel::close);
        first.close();
        Refused.with(Errno.EBUSY, channel::close);
        second.close();
        channel.close();
    }

    @Row(value = "test_cq.CQAPITest.test_create_cq_bad_flow", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aCq_ofAnImpossibleSize_orOnNoVector_isEinval_andNothingIsLeft(Lab lab) {
        Verbs verbs = lab.open();
        for (int entries : new int[]{ 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, verbs.attributes().maxCqe() + 1 }) {
            Refused.with(Errno.EINVAL, () -> verbs.createCq(entries));
        }
        for (int vector : new int[]{ -1, verbs.completionVectors(), Integer.MIN_VALUE, Integer.MAX_VALUE }) {
            Refused.with(Errno.EINVAL, () -> verbs.createCq(CqSpec.of(16).withVector(vector)));
        }
        assertThat(cqs(lab)).isZero();
        verbs.createCq(16);
    }

    private static int cqs(Lab lab) {
        return lab.device(lab.alice()).snapshot().completionQueues().size();
    }

    @Row(value = "test_cq_events.CqEventsTestCase.test_cq_events_rc", suite = Row.PYVERBS, asserts = { BYTES, STATUS,
        EVENT })
    void messages_areHeardOfByEvents_oneForEachArming(Lab lab) {
        Pair pair = lab.pair(EndSpec::withChannel);
        End sender = pair.left();
        End receiver = pair.right();
        for (int round = 1; round <= ROUNDS; round++) {
            receiver.postReceive(round, 0, 256);
            arm(sender);
            arm(receiver);
            sender.memory.fill(0, 200, round);
            sender.post(sender.send(0, 200));

            awaitEvent(sender);
            awaitEvent(receiver);
            sender.awaitOk();
            assertThat(receiver.awaitOk().wrId).isEqualTo(round);
            assertThat(receiver.memory.bytes(0, 200)).isEqualTo(sender.memory.bytes(0, 200));
        }
        assertThat(sender.channel.orElseThrow().pollEvent()).as("not armed").isEmpty();
        assertThat(receiver.channel.orElseThrow().pollEvent()).as("not armed").isEmpty();
    }

    private static void arm(End end) {
        assertThat(end.cq.reqNotify(NotifyKind.NEXT_COMPLETION)).as("completions that were missed").isFalse();
    }

    private static void awaitEvent(End end) {
        List<VerbsCq> heard = new ArrayList<>();
        Await.until("there is an event of " + end.cq, () -> {
            end.channel.orElseThrow().pollEvent().ifPresent(heard::add);
            return !heard.isEmpty();
        });
        assertThat(heard).containsExactly(end.cq);
        end.cq.ackEvents(1);
    }

    @Row(value = "test_cq_events.CqEventsTestCase.test_cq_events_ud", suite = Row.PYVERBS, asserts = { ERRNO, STATE })
    void aUdQp_thatWouldTellByEvents_isEopnotsupp(Lab lab) {
        Verbs verbs = lab.open();
        Unsupported.assertRefused(lab, verbs.createCq(CqSpec.of(16).withChannel(verbs.createChannel())), verbs,
                QpType.UD);
    }
}
