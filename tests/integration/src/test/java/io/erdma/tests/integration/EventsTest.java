package io.erdma.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.driver.Host;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.Moc;
import io.erdma.verbs.CompletionChannel;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.DeviceStatistics;
import io.erdma.verbs.ErdmaDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Completion events from the CQE to whoever waits, and the counters of the device. */
class EventsTest {
    /** An empty message, sent when this returns. */
    private static void send(Pair pair, int flags) {
        pair.right().receiveEmpty(1);
        SendRequest request = new SendRequest();
        request.flags = SendFlag.SIGNALED | flags;
        pair.left().post(request);
        pair.left().awaitOk();
    }

    private static Pair withChannel(Tenants tenants, CompletionChannel channel, int vector) {
        return Pair.connected(Side.of(tenants.device("alice")),
                Side.of(tenants.device("bob"), cq -> cq.channel(channel).completionVector(vector), qp -> qp));
    }

    @ParameterizedTest
    @EnumSource
    void armedCq_tellsItsChannelOnce_forEachArm(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            CompletionQueue cq = pair.right().cq;
            for (int n = 0; n < 300; n++) { // more than a lap of the event queue
                assertThat(cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
                send(pair, 0);
                assertThat(channel.getEvent()).isSameAs(cq);
                cq.ackEvents(1);
                pair.right().awaitOk();
                assertThat(channel.pollEvent()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void unarmedCq_tellsNobody(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            for (int n = 0; n < 10; n++) {
                send(pair, SendFlag.SOLICITED);
                pair.right().awaitOk();
            }
            assertThat(channel.pollEvent()).isEmpty();
            assertThat(pair.right().cq.snapshot().events()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void armedForSolicited_sleepsThroughTheOthers(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            CompletionQueue cq = pair.right().cq;
            assertThat(cq.reqNotify(NotifyKind.SOLICITED)).isFalse();
            for (int n = 0; n < 5; n++) {
                send(pair, 0);
                pair.right().awaitOk();
            }
            assertThat(channel.pollEvent()).isEmpty();
            send(pair, SendFlag.SOLICITED);
            assertThat(channel.getEvent()).isSameAs(cq);
            cq.ackEvents(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void armedForSolicited_wakesForAnError(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            CompletionQueue cq = pair.right().cq;
            assertThat(cq.reqNotify(NotifyKind.SOLICITED)).isFalse();
            pair.right().post(new SendRequest().addSge(0, 8, 0x7_FF00));
            assertThat(channel.getEvent()).isSameAs(cq);
            cq.ackEvents(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void arming_withCompletionsThereAlready_saysSo(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            send(pair, 0);
            CompletionQueue cq = pair.right().cq;
            Await.until("the receive is completed", () -> cq.reqNotify(NotifyKind.NEXT_COMPLETION));
            pair.right().awaitOk();
            drain(channel, cq);
        }
    }

    private static void drain(CompletionChannel channel, CompletionQueue cq) {
        while (channel.pollEvent().isPresent()) {
            cq.ackEvents(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyCompletionVector_bringsTheEventsOfItsCqs(Mode mode) throws InterruptedException {
        try (Moc card = Moc.of(mode.strict());
                Host alice = Host.builder(card.vport("alice")).vectors(8).start();
                Host bob = Host.builder(card.vport("bob")).vectors(8).start()) {
            alice.links().newlink("erdma", "erdma0", "eth0");
            bob.links().newlink("erdma", "erdma0", "eth0");
            ErdmaDevice device = bob.device("erdma0").orElseThrow();
            assertThat(device.completionVectors()).isEqualTo(7);
            for (int vector = 0; vector < device.completionVectors(); vector++) {
                int own = vector;
                try (CompletionChannel channel = device.createCompletionChannel();
                        Pair pair = Pair.connected(Side.of(alice.device("erdma0").orElseThrow()),
                                Side.of(device, cq -> cq.channel(channel).completionVector(own), qp -> qp))) {
                    assertThat(pair.right().cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
                    send(pair, 0);
                    assertThat(channel.getEvent()).isSameAs(pair.right().cq);
                    pair.right().cq.ackEvents(1);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hostWithOneVector_hasNoCompletionVectors_andWorksByPolling(Mode mode) {
        try (Moc card = Moc.of(mode.strict()); Host host = Host.builder(card.vport("alice")).vectors(1).start()) {
            host.links().newlink("erdma", "erdma0", "eth0");
            assertThat(host.device("erdma0").orElseThrow().completionVectors()).isZero();
        }
    }

    /** A receiver that sleeps on its channel, arms, polls until empty, arms again, as programs do. */
    @ParameterizedTest
    @EnumSource
    void sleepingReceiver_missesNothing_whileTheSenderRuns(Mode mode) throws InterruptedException {
        int messages = 20_000;
        try (Tenants tenants = Tenants.on(mode.fast());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel();
                Pair pair = withChannel(tenants, channel, 0)) {
            for (int n = 0; n < 16; n++) {
                pair.right().receiveEmpty(n);
            }
            pair.right().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            AtomicInteger received = new AtomicInteger();
            Thread receiver = Thread.ofPlatform().start(() -> receive(pair.right(), channel, messages, received));
            SendRequest request = new SendRequest();
            request.flags = SendFlag.SIGNALED;
            for (int n = 0; n < messages; n++) {
                int sent = n;
                Await.until("there is a receive", () -> received.get() + 16 > sent);
                pair.left().post(request);
                pair.left().awaitOk();
            }
            receiver.join();
            assertThat(received).hasValue(messages);
        }
    }

    private static void receive(Side side, CompletionChannel channel, int messages, AtomicInteger received) {
        WorkCompletion[] completions = WorkCompletion.array(16);
        try {
            while (received.get() < messages) {
                if (!side.cq.reqNotify(NotifyKind.NEXT_COMPLETION)) {
                    channel.getEvent();
                    side.cq.ackEvents(1);
                }
                for (int taken; (taken = side.cq.poll(16, completions)) > 0;) {
                    for (int n = 0; n < taken; n++) {
                        side.receiveEmpty(0);
                    }
                    received.addAndGet(taken);
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        drain(channel, side.cq);
    }

    @ParameterizedTest
    @EnumSource
    void statistics_countWhatWasSentAndReceived(Mode mode) {
        try (Tenants tenants = Tenants.on(mode.strict()); Pair pair = tenants.pair()) {
            pair.right().receive(1, 0, 4096);
            SendRequest request = new SendRequest().addSge(pair.left().address(0), 4000, pair.left().mr.lkey());
            request.flags = SendFlag.SIGNALED;
            pair.left().post(request);
            pair.left().awaitOk();
            DeviceStatistics sent = tenants.device("alice").stats(1);
            DeviceStatistics received = tenants.device("bob").stats(1);
            assertThat(sent.get(StatCounter.TX_REQUESTS)).isEqualTo(1);
            assertThat(sent.get(StatCounter.TX_BYTES)).isEqualTo(4000);
            assertThat(sent.get(StatCounter.TX_PACKETS)).isGreaterThan(1);
            assertThat(received.get(StatCounter.RX_BYTES)).isEqualTo(4000);
            assertThat(received.get(StatCounter.RX_PACKETS)).isEqualTo(sent.get(StatCounter.TX_PACKETS));
            assertThat(received.get(StatCounter.TX_REQUESTS)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void manyCqsOnOneChannel_eachIsNamed(Mode mode) throws InterruptedException {
        try (Tenants tenants = Tenants.on(mode.strict());
                CompletionChannel channel = tenants.device("bob").createCompletionChannel()) {
            List<Pair> pairs = new ArrayList<>();
            for (int n = 0; n < 8; n++) {
                pairs.add(withChannel(tenants, channel, n % tenants.device("bob").completionVectors()));
            }
            for (Pair pair : pairs) {
                pair.right().cq.reqNotify(NotifyKind.NEXT_COMPLETION);
            }
            for (Pair pair : pairs.reversed()) {
                send(pair, 0);
                CompletionQueue told = channel.getEvent();
                assertThat(Optional.of(told)).contains(pair.right().cq);
                told.ackEvents(1);
            }
            pairs.forEach(Pair::close);
        }
    }
}
