package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.process.UserProcess;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.SendRequest;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.model.profile.Feature;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Mode;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Refused;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Cards that can do less: the driver copes with each, through both APIs. What a card can do is asked of its profile. */
class OlderCardsTest {
    /** More pages than a table of one level has in one page. */
    private static final int MANY_PAGES = 3 << 20;

    /** The newest card without one of the features that came later, and the oldest one. */
    private enum Card {
        WITHOUT_ATOMICS(DeviceProfile.newest().toBuilder().atomics(false).build()),
        WITHOUT_EXTENDED_DOORBELLS(DeviceProfile.newest().toBuilder().extendedDoorbells(false).build()),
        WITH_ONE_TABLE_LEVEL(DeviceProfile.newest().toBuilder().scatteredMtt(false).build()),
        WITHOUT_REFLUSH(DeviceProfile.newest().toBuilder().reflush(false).build()),
        OLDEST(DeviceProfile.oldest()),
        NEWEST(DeviceProfile.newest());

        private final FunctionSpec function;

        Card(FunctionSpec function) {
            this.function = function;
        }
    }

    static Stream<Arguments> cards() {
        return Stream.of(Card.values()).flatMap(card -> Stream.of(Api.values())
                .flatMap(api -> Stream.of(Mode.values()).map(mode -> Arguments.of(card, api, mode))));
    }

    private static Lab lab(Card card, Api api, Mode mode) {
        return Lab.on(api, mode, card.function);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cards")
    void messages_writesAndReads_work(Card card, Api api, Mode mode) {
        try (Lab lab = lab(card, api, mode)) {
            Pair pair = lab.pair();
            pair.assertWorks();
            pair.left().memory.fill(0, 4096, 1);
            pair.left().post(pair.left().write(0, 4096, pair.right(), 0));
            pair.left().post(pair.left().read(8192, 4096, pair.right(), 0));
            pair.left().awaitOk();
            pair.left().awaitOk();
            assertThat(pair.left().memory.bytes(8192, 4096)).isEqualTo(pair.left().memory.bytes(0, 4096));
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cards")
    void atomics_work_orAreMalformed_andAQuerySaysWhich(Card card, Api api, Mode mode) {
        try (Lab lab = lab(card, api, mode)) {
            Pair bystander = lab.pair();
            Pair pair = lab.pair();
            boolean atomics = lab.profile().has(Feature.ATOMICS);
            assertThat(pair.left().verbs.attributes().atomicCapable()).isEqualTo(atomics);
            SendRequest add = pair.left().fetchAdd(0, pair.right(), 0, 5);
            if (atomics) {
                pair.left().post(add);
                pair.left().awaitOk();
                assertThat(pair.right().memory.getLong(0)).isEqualTo(5);
            } else {
                pair.assertFailsLocally(add, lab.profile().status(Decision.OPCODE_WITHOUT_FEATURE));
            }
            bystander.assertWorks();
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cards")
    void aLargeRegion_isReachedToItsLastByte(Card card, Api api, Mode mode) {
        try (Lab lab = lab(card, api, mode)) {
            Pair pair = lab.pair(usual -> usual.withBytes(MANY_PAGES));
            pair.left().memory.fill(0, MANY_PAGES, 7);
            pair.left().post(pair.left().write(0, MANY_PAGES, pair.right(), 0));
            pair.left().awaitOk();
            assertThat(pair.right().memory.segment().mismatch(pair.left().memory.segment())).isEqualTo(-1);
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cards")
    void latePosts_comeBackFlushed(Card card, Api api, Mode mode) {
        try (Lab lab = lab(card, api, mode)) {
            Pair pair = lab.pair();
            pair.right().postReceive(1, 0, 64);
            pair.right().qp.modify(QpState.ERR);
            pair.left().awaitLeavingRts();
            pair.left().assertFlushes();
            pair.left().assertFlushes();
            assertThat(pair.right().await().wrId).isEqualTo(1);
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cards")
    void anUnprivilegedProgram_opensOnlyCards_whoseDoorbellsItNeedNotShare(Card card, Api api, Mode mode) {
        try (Lab lab = lab(card, api, mode); UserProcess program = lab.alice().startProcess("app", false)) {
            if (lab.profile().has(Feature.EXTENDED_DOORBELLS)) {
                lab.alice().openDevice("erdma0", program).close();
            } else {
                Refused.with(Errno.EPERM, () -> lab.alice().openDevice("erdma0", program));
                lab.open().allocPd().close();
            }
        }
    }
}
