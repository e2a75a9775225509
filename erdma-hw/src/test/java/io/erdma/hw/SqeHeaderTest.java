package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqeHeaderTest {
    @ParameterizedTest
    @CsvSource({ "16,1", "32,1", "33,2", "48,2", "64,2", "65,3", "96,3", "112,4", "128,4" })
    void wqebbs_areTheBytesRoundedUpTo32(int bytes, int wqebbs) {
        assertThat(SqeHeader.wqebbs(bytes)).isEqualTo(wqebbs);
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 })
    void flagsOf_sendFlags_setTheHeadersBitOfEach(int sendFlags) {
        long header = SqeHeader.compose(0, 1, 0, 0, SqeHeader.flagsOf(sendFlags), 0);

        assertThat(SqeHeader.fence(header)).isEqualTo((sendFlags & SendFlag.FENCE) != 0);
        assertThat(SqeHeader.signaled(header)).isEqualTo((sendFlags & SendFlag.SIGNALED) != 0);
        assertThat(SqeHeader.solicited(header)).isEqualTo((sendFlags & SendFlag.SOLICITED) != 0);
        assertThat(SqeHeader.inline(header)).isEqualTo((sendFlags & SendFlag.INLINE) != 0);
        assertThat(SqeHeader.directWqe(header)).isFalse();
    }

    @Test
    void flagsOf_otherBits_areLeftOut() {
        assertThat(SqeHeader.flagsOf(~(SendFlag.FENCE | SendFlag.SIGNALED | SendFlag.SOLICITED | SendFlag.INLINE)))
                .isZero();
    }

    @Test
    void compose_withMoreThanAFieldHolds_cutsEachValueToItsField() {
        assertThat(SqeHeader.compose(0x1FF, 9, 0xFFF00001, 0x21, 0x20, 0x10002))
                .isEqualTo(SqeHeader.compose(0xFF, 1, 1, 1, 0, 2));
    }

    @ParameterizedTest
    @CsvSource({ "LOCAL_WRITE,6", "REMOTE_WRITE,18", "REMOTE_READ,10", "REMOTE_ATOMIC,3" })
    void accessRights_ofOneRight_areItsBitAndLocalRead(Access right, int rights) {
        assertThat(AccessRights.of(Access.bits(right))).isEqualTo(rights);
    }

    @Test
    void accessRights_ofAllAndOfNone() {
        assertThat(AccessRights.of(Access.bits(Access.values()))).isEqualTo(0x1F);
        assertThat(AccessRights.of(0)).isEqualTo(AccessRights.LOCAL_READ);
        assertThat(AccessRights.of(~Access.bits(Access.values()))).isEqualTo(AccessRights.LOCAL_READ);
    }
}
