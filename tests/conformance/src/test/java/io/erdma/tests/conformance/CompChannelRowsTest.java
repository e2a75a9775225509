package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.CqSpec;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsChannel;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.tests.conformance.harness.VerbsQp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Completion events: unit/comp_channel_test.cc. That an event does not come can't be waited for: {@link Fence} makes another one come after it. */
class CompChannelRowsTest {
    private static final int LENGTH = 8;
    private static final int ROUNDS = 5;

    @Row(value = "CompChannelTest.CreateDestroy", asserts = { STATE, ERRNO })
    void aChannel_isMade_isEmpty_andGoes(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        assertThat(channel.pollEvent()).isEmpty();
        channel.close();
        channel.close();
        Refused.with(lab.api() == Api.USER ? Errno.ENOENT : Errno.EIO, channel::pollEvent);
        Refused.with(lab.api() == Api.USER ? Errno.ENOENT : Errno.EIO, channel::getEvent);
    }

    @Row(value = "CompChannelTest.DestroyChannelWithCqRef", asserts = { ERRNO, EVENT })
    void aChannel_withACq_isBusy_andWorksOn(Lab lab) {
        Pair pair = lab.pair(EndSpec::withChannel);
        VerbsChannel channel = pair.left().channel.orElseThrow();

        Refused.with(Errno.EBUSY, channel::close);

        pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
        write(pair, 1);
        assertOneEvent(pair.left());
    }

    @Row(value = "CompChannelTest.RequestNotificationOnCqWithoutCompChannel", asserts = { STATUS, BYTES })
    void aCq_withoutAChannel_isArmedInVain(Lab lab) {
        Pair pair = lab.pair();
        assertThat(pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        assertThat(pair.left().cq.reqNotify(NotifyKind.SOLICITED)).isFalse();
        write(pair, 1);
        pair.assertWorks();
    }

    @Row(value = "CompChannelTest.RequestNotificationInvalidCq", asserts = { STATE, EVENT })
    void aCqThatIsGone_isArmedInVain(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        VerbsCq gone = verbs.createCq(CqSpec.of(10).withChannel(channel));
        gone.close();

        assertThat(gone.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();

        assertThat(channel.pollEvent()).isEmpty();
        channel.close();
        assertThat(AliceDevice.objects(lab).completionQueues()).isEmpty();
    }

    /** Writes a number at the peer, and takes the completion. */
    private static void write(Pair pair, long number) {
        pair.left().memory.putLong(0, number);
        pair.left().post(pair.left().write(0, LENGTH, pair.right(), 0));
        pair.left().awaitOk();
        assertThat(pair.right().memory.getLong(0)).isEqualTo(number);
    }

    /** There is, or will be, an event of this end's CQ, and no more. */
    private static void assertOneEvent(End end) {
        assertOneEvent(end.channel.orElseThrow(), end.cq);
    }

    private static void assertOneEvent(VerbsChannel channel, VerbsCq cq) {
        assertThat(getEvent(channel)).isSameAs(cq);
        assertThat(channel.pollEvent()).isEmpty();
        cq.ackEvents(1);
    }

    private static VerbsCq getEvent(VerbsChannel channel) {
        AtomicReference<VerbsCq> event = new AtomicReference<>();
        Await.until("there is an event", () -> {
            channel.pollEvent().ifPresent(event::set);
            return event.get() != null;
        });
        return event.get();
    }

    private static void assertFiresOnceFor(Lab lab, boolean atomic) {
        Pair pair = lab.pair(EndSpec::withChannel);
        End left = pair.left();
        for (int round = 1; round <= ROUNDS; round++) {
            assertThat(left.cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
            left.post(atomic ? left.fetchAdd(0, pair.right(), 0, 1) : left.write(0, LENGTH, pair.right(), 0));
            assertOneEvent(left);
            left.awaitOk();
        }
        assertThat(pair.right().memory.getLong(0)).isEqualTo(atomic ? ROUNDS : 0);
    }

    @Row(value = "CompChannelTest.Atomic", asserts = { EVENT, STATUS, BYTES })
    void anArmedCq_firesOnce_forAnAtomic(Lab lab) {
        assertFiresOnceFor(lab, true);
    }

    @Row(value = "CompChannelTest.Write", asserts = { EVENT, STATUS, BYTES })
    void anArmedCq_firesOnce_forAWrite(Lab lab) {
        assertFiresOnceFor(lab, false);
    }

    /** Sends a message that is received: the receiver's completion is there, and its event, if it makes one, is on its way. */
    private static void send(Pair pair, boolean solicited) {
        pair.right().postReceive(1, 0, LENGTH);
        SendRequest send = pair.left().send(0, LENGTH);
        send.flags |= solicited ? SendFlag.SOLICITED : 0;
        pair.left().post(send);
        pair.left().awaitOk();
        pair.right().awaitOk();
    }

    private static Pair armed(Lab lab, NotifyKind kind) {
        Pair pair = lab.pair(EndSpec::withChannel);
        assertThat(pair.right().cq.reqNotify(kind)).isFalse();
        return pair;
    }

    @Row(value = "CompChannelTest.RecvSolicitedNofityAny", asserts = { EVENT, STATUS })
    void aSolicitedMessage_firesAnArmForAny(Lab lab) {
        Pair pair = armed(lab, NotifyKind.NEXT_COMPLETION);
        send(pair, true);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.RecvSolicitedNofitySolicited", asserts = { EVENT, STATUS })
    void aSolicitedMessage_firesAnArmForSolicited(Lab lab) {
        Pair pair = armed(lab, NotifyKind.SOLICITED);
        send(pair, true);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.RecvUnsolicitedNofityAny", asserts = { EVENT, STATUS })
    void anUnsolicitedMessage_firesAnArmForAny(Lab lab) {
        Pair pair = armed(lab, NotifyKind.NEXT_COMPLETION);
        send(pair, false);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.RecvUnsolicitedNofitySolicited", asserts = { EVENT, STATUS })
    void anUnsolicitedMessage_doesNotFireAnArmForSolicited(Lab lab) {
        Pair pair = armed(lab, NotifyKind.SOLICITED);
        Fence fence = Fence.of(lab, lab.bob(), pair.right(), lab.alice());
        send(pair, false);
        send(pair, false);
        fence.assertNothingCame();
        send(pair, true);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.DeleteWithUnacked", asserts = { EVENT, STATE })
    void aCq_waitsForItsEventsToBeAcknowledged(Lab lab) throws InterruptedException {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        VerbsCq cq = verbs.createCq(CqSpec.of(10).withChannel(channel));
        VerbsPd pd = verbs.allocPd();
        VerbsQp qp = pd.createQp(QpSpec.of(cq));
        End peer = lab.end(lab.bob(), EndSpec.usual());
        lab.connect(lab.alice(), qp, lab.bob(), peer.qp);
        cq.reqNotify(NotifyKind.NEXT_COMPLETION);
        SendRequest nothing = new SendRequest();
        nothing.flags = SendFlag.SIGNALED;
        peer.postEmptyReceive(1);
        qp.postSend(nothing);
        assertThat(getEvent(channel)).isSameAs(cq);
        qp.close();

        Thread closing = Thread.ofPlatform().start(cq::close);
        Await.until("it waits", () -> closing.getState() == Thread.State.WAITING);
        assertThat(closing.isAlive()).isTrue();
        cq.ackEvents(1);

        closing.join();
        channel.close();
        assertThat(AliceDevice.objects(lab).completionQueues()).isEmpty();
    }

    @Row(value = "CompChannelTest.SameQueueMultipleOutstanding", asserts = { EVENT, STATUS })
    void severalCompletions_underOneArm_areOneEvent(Lab lab) {
        Pair pair = lab.pair(EndSpec::withChannel);
        End left = pair.left();
        Fence fence = Fence.of(lab, lab.alice(), left, lab.bob());
        for (int round = 0; round < ROUNDS; round++) {
            left.cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            SendRequest first = left.write(0, LENGTH, pair.right(), 0);
            first.next = left.write(0, LENGTH, pair.right(), 0);
            first.next.next = left.write(0, LENGTH, pair.right(), 0);
            left.post(first);
            left.awaitOk();
            left.awaitOk();
            left.awaitOk();
            assertOneEvent(left);
            fence.assertNothingCame();
        }
    }

    /** A QP whose CQ reports to a channel, and which is connected. */
    private record Watched(VerbsCq cq, VerbsQp qp) {
        static Watched on(Lab lab, Host host, VerbsPd pd, VerbsCq cq, Host peers) {
            Watched watched = new Watched(cq, pd.createQp(QpSpec.of(cq)));
            End peer = lab.end(peers, EndSpec.usual().withBytes(4096));
            lab.connect(host, watched.qp, peers, peer.qp);
            return watched;
        }

        void arm() { assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse(); }

        /** Makes a completion of no bytes, which needs no memory. */
        void complete() {
            SendRequest request = new SendRequest();
            request.opcode = WrOpcode.RDMA_WRITE;
            request.flags = SendFlag.SIGNALED;
            assertThat(qp.postSend(request)).isEqualTo(PostResult.ok(1));
        }

        void awaitCompletion() {
            WorkCompletion[] one = WorkCompletion.array(1);
            Await.until("it completes", () -> cq.poll(1, one) == 1);
        }
    }

    /** Another CQ of an end's channel and vector: when its event comes first, none of the end's CQ was on its way. */
    private record Fence(VerbsChannel channel, Watched watched) {
        static Fence of(Lab lab, Host host, End end, Host peers) {
            VerbsChannel channel = end.channel.orElseThrow();
            VerbsCq cq = end.verbs.createCq(CqSpec.of(10).withChannel(channel));
            return new Fence(channel, Watched.on(lab, host, end.pd, cq, peers));
        }

        void assertNothingCame() {
            watched.arm();
            watched.complete();
            assertOneEvent(channel, watched.cq);
            watched.awaitCompletion();
        }
    }

    private static List<Watched> watched(Lab lab, VerbsChannel channel, Verbs verbs, int count) {
        VerbsPd pd = verbs.allocPd();
        List<Watched> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            VerbsCq cq = verbs.createCq(
                    CqSpec.of(10).withVector(i % verbs.completionVectors()).withChannel(channel));
            all.add(Watched.on(lab, lab.alice(), pd, cq, lab.bob()));
        }
        return all;
    }

    @Row(value = "CompChannelTest.MuxOntoSingleChannel", asserts = EVENT)
    void aChannelOfSeveralCqs_tellsWhichItWas(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        List<Watched> all = watched(lab, channel, verbs, 2);
        for (int round = 0; round < ROUNDS; round++) {
            for (Watched one : all) {
                one.arm();
                one.complete();
                assertOneEvent(channel, one.cq);
                one.awaitCompletion();
            }
        }
    }

    @Row(value = "CompChannelTest.ManyOutstanding", asserts = EVENT)
    void manyEvents_wait_oneForEachArm(Lab lab) {
        Verbs verbs = lab.open();
        VerbsChannel channel = verbs.createChannel();
        List<Watched> all = watched(lab, channel, verbs, 8);
        all.forEach(Watched::arm);
        all.forEach(Watched::complete);

        List<VerbsCq> told = new ArrayList<>();
        all.forEach(_ -> told.add(getEvent(channel)));
        assertThat(told).containsExactlyInAnyOrderElementsOf(all.stream().map(Watched::cq).toList());
        assertThat(channel.pollEvent()).isEmpty();
        told.forEach(cq -> cq.ackEvents(1));
    }

    @Row(value = "CompChannelTest.DowngradeRequest", asserts = { EVENT, STATUS })
    void anArmForAny_isNotWeakenedByOneForSolicited(Lab lab) {
        Pair pair = armed(lab, NotifyKind.NEXT_COMPLETION);
        pair.right().cq.reqNotify(NotifyKind.SOLICITED);
        send(pair, false);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.UpgradeRequest", asserts = { EVENT, STATUS })
    void anArmForSolicited_becomesOneForAny(Lab lab) {
        Pair pair = armed(lab, NotifyKind.SOLICITED);
        pair.right().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
        send(pair, false);
        assertOneEvent(pair.right());
    }

    @Row(value = "CompChannelTest.NoSpuriousEvents", asserts = { EVENT, STATUS })
    void thereIsNoEvent_withoutAnArm_norForWhatWasPolledBefore(Lab lab) {
        Pair pair = lab.pair(EndSpec::withChannel);
        Fence fence = Fence.of(lab, lab.alice(), pair.left(), lab.bob());
        write(pair, 1);
        write(pair, 2);
        fence.assertNothingCame();
        assertThat(pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        fence.assertNothingCame();
        write(pair, 3);
        assertOneEvent(pair.left());
        write(pair, 4);
        fence.assertNothingCame();
        assertThat(pair.left().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
        write(pair, 5);
        assertOneEvent(pair.left());
        fence.assertNothingCame();
    }
}
