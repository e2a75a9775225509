package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.BYSTANDER;
import static io.erdma.tests.conformance.harness.Asserted.BYTES;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static io.erdma.tests.conformance.harness.Asserted.STATUS;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Feature;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.FastRegion;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Pair;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.verbs.FastRegisterMr;

/** What unit/mw_test.cc asks of memory windows and fast registration has too. There are no memory windows. */
class MwRowsTest {
    private static final String KERNEL_ONLY = "user programs have neither memory windows nor fast registration";
    private static final int LENGTH = 64;

    private static SendRequest readBy(Pair pair, FastRegion region) {
        SendRequest read = pair.left().read(0, LENGTH, pair.right(), 0);
        read.remoteAddress = region.address();
        read.remoteKey = region.rkey();
        return read;
    }

    private static FastRegion registered(Lab lab, Pair pair) {
        assertThat(lab.profile().has(Feature.MEMORY_WINDOWS)).isFalse();
        return FastRegion.registered(lab, lab.bob(), pair.right());
    }

    private static void assertReadable(Pair pair, FastRegion region) {
        pair.left().memory.fill(0, LENGTH, 1);
        pair.left().post(readBy(pair, region));
        pair.left().awaitOk();
        assertThat(pair.left().memory.bytes(0, LENGTH)).isEqualTo(region.bytes(LENGTH));
    }

    @Row(value = "MwType2Test.Bind", apis = Api.KERNEL, otherwise = KERNEL_ONLY, asserts = { BYTES, STATUS })
    void aRegistration_makesItsKeyUsable(Lab lab) {
        Pair pair = lab.pair();
        assertReadable(pair, registered(lab, pair));
    }

    @Row(value = "MwType2Test.LocalInvalidate", apis = Api.KERNEL, otherwise = KERNEL_ONLY,
            asserts = { BYTES, STATUS, STATE, BYSTANDER })
    void anInvalidatedKey_isRefusedFromThenOn(Lab lab) {
        Pair pair = lab.pair();
        FastRegion region = registered(lab, pair);
        assertReadable(pair, region);
        SendRequest invalidate = new SendRequest();
        invalidate.opcode = WrOpcode.LOCAL_INV;
        invalidate.flags = SendFlag.SIGNALED;
        invalidate.invalidateKey = region.rkey();
        pair.right().post(invalidate);
        assertThat(pair.right().awaitOk().opcode).isEqualTo(WcOpcode.LOCAL_INV);

        pair.assertRefusedByPeer(readBy(pair, region), lab.profile().status(Decision.REFUSED_BY_PEER));
    }

    @Row(value = "MwType2Test.DistinctRKeys", apis = Api.KERNEL, otherwise = KERNEL_ONLY, asserts = { BYTES, STATUS })
    void noTwoRegions_shareAKey_whoseLowBitsAreItsUsers(Lab lab) {
        Pair pair = lab.pair();
        FastRegion first = registered(lab, pair);
        FastRegion second = registered(lab, pair);
        assertThat(first.rkey() & 0xFF).isEqualTo(second.rkey() & 0xFF);
        assertThat(first.rkey()).isNotEqualTo(second.rkey());
        assertReadable(pair, first);
        assertReadable(pair, second);

        FastRegisterMr third = pair.right().pd.allocMr(1);
        int index = third.rkey() >>> Byte.SIZE;
        for (int key : new int[]{ 0, 1, 0x42, 0xFF }) {
            third.updateKey((byte) key);
            assertThat(third.rkey()).isEqualTo(third.lkey()).isEqualTo(index << Byte.SIZE | key);
            assertThat(third.rkey()).isNotIn(first.rkey(), second.rkey());
        }
    }
}
