package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.EVENT;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.hw.cmd.StatCounter;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.Lanes.Op;
import io.erdma.tests.conformance.Lanes.Step;
import io.erdma.tests.conformance.harness.Await;
import io.erdma.tests.conformance.harness.End;
import io.erdma.tests.conformance.harness.EndSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.VerbsChannel;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;

/** Traffic whose every byte is looked at: traffic/ and unit/stress_test.cc, on a scale for every build; the long forms are {@code soak}. */
class TrafficRowsTest {
    private static final long SEED = Long.getLong("traffic.seed", 20261128);
    private static final int ROUNDS = 30;
    private static final int LONG_ROUNDS = 20_000;
    private static final int LONG_FORMS = 6;
    private static final int LANES = 4;
    private static final int SIZE = 512;

    private static Lanes.Steps always(Op op, int size) {
        Step step = new Step(op, size);
        return () -> step;
    }

    /** Any operation, of any size. */
    private static Lanes.Steps anything() {
        System.out.println("traffic.seed=" + SEED);
        Random random = new Random(SEED);
        Op[] ops = Op.values();
        return () -> new Step(ops[random.nextInt(ops.length)], 1 + random.nextInt(Lanes.MOST));
    }

    /** Long forms share {@code erdma.soak.minutes}: there are six, each four times. What has several parts has so many shares of one. */
    private static BooleanSupplier share(int parts) {
        long begin = System.nanoTime();
        long limit = Long.getLong("erdma.soak.minutes", 5) * 60_000_000_000L / (LONG_FORMS * 4L * parts);
        return () -> System.nanoTime() - begin > limit;
    }

    private static void constantOps(Lab lab, int lanes, int rounds) {
        Lanes connections = new Lanes(lab, lanes);
        for (Op op : Op.values()) {
            connections.run(rounds, always(op, 8), share(2 * Op.values().length));
            connections.run(rounds, always(op, Lanes.MOST), share(2 * Op.values().length));
        }
    }

    @Row(value = "ConstantOpTest.Basic", asserts = { BYTES, STATUS })
    void oneKindOfOperation_onSeveralQps(Lab lab) {
        constantOps(lab, 1, ROUNDS);
        constantOps(lab, LANES, ROUNDS / 2);
    }

    @Tag("soak")
    @Row(value = "ConstantOpTest.Basic", asserts = { BYTES, STATUS })
    void oneKindOfOperation_onManyQps(Lab lab) {
        constantOps(lab, 100, LONG_ROUNDS / 10);
    }

    @Row(value = "MixedOpsTest.Basic", asserts = { BYTES, STATUS })
    void everyKindOfOperation_onSeveralQps(Lab lab) {
        new Lanes(lab, LANES).run(2 * ROUNDS, anything());
    }

    @Tag("soak")
    @Row(value = "MixedOpsTest.Basic", asserts = { BYTES, STATUS })
    void everyKindOfOperation_onManyQps(Lab lab) {
        new Lanes(lab, 100).run(LONG_ROUNDS, anything(), share(1));
    }

    private static void stress(Lab lab, int lanes, int rounds) {
        new Lanes(lab, lanes).run(rounds, always(Op.WRITE, 32), share(1));
    }

    @Row(value = "StressTest.Write32B100Qp100kOps", asserts = { BYTES, STATUS })
    void manySmallWrites_onManyQps(Lab lab) {
        stress(lab, 20, 100);
    }

    @Tag("soak")
    @Row(value = "StressTest.Write32B100Qp100kOps", asserts = { BYTES, STATUS })
    void hundredThousandSmallWrites_onHundredQps(Lab lab) {
        stress(lab, 100, 100_000);
    }

    @Row(value = "QpOversubscriptionTest.StressTest", asserts = { BYTES, STATUS })
    void moreQpsThanRequests(Lab lab) {
        new Lanes(lab, 40).run(5, anything());
    }

    @Tag("soak")
    @Row(value = "QpOversubscriptionTest.StressTest", asserts = { BYTES, STATUS })
    void asManyQpsAsACardHas(Lab lab) {
        new Lanes(lab, 1000).run(100, anything(), share(1));
    }

    @Row(value = "SimpleRdmaTest.Write", asserts = { BYTES, STATUS })
    void writes(Lab lab) {
        new Lanes(lab, 1).run(ROUNDS, always(Op.WRITE, SIZE));
    }

    @Row(value = "SimpleRdmaTest.Read", asserts = { BYTES, STATUS })
    void reads(Lab lab) {
        new Lanes(lab, 1).run(ROUNDS, always(Op.READ, SIZE));
    }

    @Row(value = "SimpleRdmaTest.RcSend", asserts = { BYTES, STATUS })
    void sends(Lab lab) {
        new Lanes(lab, 1).run(ROUNDS, always(Op.SEND, SIZE));
    }

    @Row(value = "SimpleRdmaTest.FetchAdd", asserts = { BYTES, STATUS })
    void fetchAdds(Lab lab) {
        new Lanes(lab, 1).run(ROUNDS, always(Op.FETCH_ADD, Long.BYTES));
    }

    @Row(value = "SimpleRdmaTest.CompareSwap", asserts = { BYTES, STATUS })
    void compareSwaps(Lab lab) {
        new Lanes(lab, 1).run(ROUNDS, always(Op.COMPARE_SWAP, Long.BYTES));
    }

    @Row(value = "SimpleRdmaTest.MixedOpType", asserts = { BYTES, STATUS })
    void everyKindOfOperation_ofOneSize(Lab lab) {
        Lanes.Steps any = anything();
        new Lanes(lab, 1).run(ROUNDS, () -> new Step(any.next().op(), SIZE));
    }

    @Row(value = "SimpleRdmaTest.MixedOpSize", asserts = { BYTES, STATUS })
    void oneKindOfOperation_ofEverySize(Lab lab) {
        Lanes.Steps any = anything();
        new Lanes(lab, 1).run(ROUNDS, () -> new Step(Op.WRITE, any.next().size()));
    }

    @Row(value = "SimpleRdmaTest.Batching", asserts = { BYTES, STATUS })
    void chains_thatFillTheQueue(Lab lab) {
        Pair pair = lab.pair();
        int batch = 16;
        for (int round = 1; round <= ROUNDS; round++) {
            pair.left().memory.fill(0, batch * 64, round);
            pair.left().post(chain(pair, batch));
            for (int i = 0; i < batch; i++) {
                assertThat(pair.left().awaitOk().wrId).isEqualTo(i);
            }
            assertThat(pair.right().memory.bytes(0, batch * 64)).isEqualTo(pair.left().memory.bytes(0, batch * 64));
        }
    }

    private static SendRequest chain(Pair pair, int length) {
        SendRequest first = null;
        for (int i = length - 1; i >= 0; i--) {
            SendRequest request = pair.left().write(i * 64L, 64, pair.right(), i * 64L);
            request.wrId = i;
            request.next = first;
            first = request;
        }
        return first;
    }

    /** Writes and waits for each by the channel alone. */
    private static void byEvents(Lab lab, int count) throws InterruptedException {
        Pair pair = lab.pair(EndSpec::withChannel);
        End left = pair.left();
        VerbsChannel channel = left.channel.orElseThrow();
        WorkCompletion[] two = WorkCompletion.array(2);
        for (int i = 1; i <= count; i++) {
            left.memory.putLong(0, i);
            assertThat(left.cq.reqNotify(NotifyKind.NEXT_COMPLETION)).isFalse();
            left.post(left.write(0, Long.BYTES, pair.right(), 0));
            assertThat(channel.getEvent()).isSameAs(left.cq);
            left.cq.ackEvents(1);
            assertThat(left.cq.poll(2, two)).isOne();
            assertThat(two[0].ok()).isTrue();
            assertThat(pair.right().memory.getLong(0)).isEqualTo(i);
        }
        assertThat(channel.pollEvent()).isEmpty();
    }

    @Row(value = "EventDrivenCompletionsTest.OneOpIsSuccessful", asserts = { BYTES, STATUS, EVENT })
    void anOperation_isWaitedForByEvents(Lab lab) throws InterruptedException {
        byEvents(lab, 1);
    }

    @Row(value = "EventDrivenCompletionsTest.ManyOpsAreSuccessful", asserts = { BYTES, STATUS, EVENT })
    void manyOperations_areWaitedForByEvents(Lab lab) throws InterruptedException {
        byEvents(lab, ROUNDS);
    }

    @Row(value = "CqOverrunTest.Basic", asserts = { BYTES, STATUS, EVENT })
    void aCq_isOverrun_andOthersLoseNothing(Lab lab) {
        assertThat(lab.profile().outcome(Decision.CQ_OVERFLOW)).isEqualTo(Outcome.OVERWRITTEN);
        Pair overrun = lab.pair(usual -> usual.withCqEntries(64).withSizes(new QpCapabilities(256, 16, 1, 1, 0)));
        Lanes others = new Lanes(lab, 2);
        for (int i = 1; i <= 128; i++) {
            overrun.left().memory.putLong(8L * i, i);
            overrun.left().post(overrun.left().write(8L * i, 8, overrun.right(), 8L * i));
            if (i % 8 == 0) {
                others.run(1, always(Op.READ, SIZE));
            }
        }
        Await.until("all is written", () -> overrun.right().memory.getLong(8 * 128) == 128);
        others.run(ROUNDS, always(Op.SEND, SIZE));
        assertThat(overrun.right().memory.bytes(0, 1032)).isEqualTo(overrun.left().memory.bytes(0, 1032));
        assertThat(overrun.left().qp.events()).isEmpty();
    }

    @Row(value = "RdmaStabilityTest.StabilityDurationTest", asserts = { BYTES, STATUS, STATE })
    void traffic_goesOn(Lab lab) {
        traffic(lab, 200);
    }

    @Tag("soak")
    @Row(value = "RdmaStabilityTest.StabilityDurationTest", asserts = { BYTES, STATUS, STATE })
    void traffic_goesOnForLong(Lab lab) {
        traffic(lab, 500_000);
    }

    /** What the device holds is the same before and after. */
    private static void traffic(Lab lab, int rounds) {
        Lanes lanes = new Lanes(lab, LANES);
        Map<?, ?> before = holdings(lab);
        lanes.run(rounds, anything(), share(1));
        assertThat(holdings(lab)).isEqualTo(before);
    }

    private static Map<?, ?> holdings(Lab lab) {
        return lab.card().vport("alice").ledger().outstanding();
    }

    private static void resources(Lab lab, int rounds) {
        lab.open();
        Map<?, ?> before = holdings(lab);
        BooleanSupplier timeIsUp = share(1);
        for (int i = 0; i < rounds && !timeIsUp.getAsBoolean(); i++) {
            Pair pair = lab.pair(usual -> usual.withBytes(4096));
            pair.assertWorks();
            pair.link().close();
            for (End end : new End[]{ pair.left(), pair.right() }) {
                end.qp.close();
                end.mr.close();
                end.cq.close();
                end.pd.close();
                end.verbs.close();
            }
        }
        assertThat(holdings(lab)).isEqualTo(before);
    }

    @Row(value = "RdmaStabilityTest.StabilityResourceTest", asserts = { BYTES, STATUS, STATE })
    void nothingLeaks_howeverOftenThingsAreMade(Lab lab) {
        resources(lab, 5);
    }

    @Tag("soak")
    @Row(value = "RdmaStabilityTest.StabilityResourceTest", asserts = { BYTES, STATUS, STATE })
    void nothingLeaks_inALongTime(Lab lab) {
        resources(lab, 2_000);
    }

    @Row(value = "VaryMtuTest.VaryMtuTest", asserts = { BYTES, STATUS, STATE })
    void aMessage_isCutIntoAsManySegments_asTheMtuWants(Lab lab) {
        int headers = 60;
        int length = 10_000;
        for (int mtu : new int[]{ 256, 512, 1024, 2048, 4096, 9000 }) {
            AliceDevice.device(lab).netdev().setMtu(mtu);
            long before = AliceDevice.device(lab).stats(1).get(StatCounter.TX_PACKETS);
            Pair pair = lab.pair();
            pair.left().memory.fill(0, length, mtu);
            pair.left().post(pair.left().write(0, length, pair.right(), 0));
            pair.left().awaitOk();
            assertThat(pair.right().memory.bytes(0, length)).isEqualTo(pair.left().memory.bytes(0, length));
            pair.left().qp.close(); // what it has sent is counted by now

            long packets = AliceDevice.device(lab).stats(1).get(StatCounter.TX_PACKETS) - before;
            assertThat(packets).as("MTU %d", mtu).isEqualTo(Math.ceilDiv(length, mtu - headers));
        }
    }
}
