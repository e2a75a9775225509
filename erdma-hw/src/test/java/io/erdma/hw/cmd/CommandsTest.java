package io.erdma.hw.cmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CommandsTest {
    private final MemorySegment slot = MemorySegment.ofArray(new long[16]);

    @Test
    void header_ofACommand_isThreeMoreWqebbs_andItsNumbers() {
        assertThat(CommandHeader.of(CommandOpcode.QUERY_QP, 0x1234, 0xABCD)).isEqualTo(0x0030_1234_0011_ABCDL);
        assertThat(CommandHeader.of(CommandOpcode.FREE_DB, 1, 4)).isEqualTo(0x0030_0001_0109_0004L);
    }

    @Test
    void body_thatIsEmpty_writesNothing() {
        CommandBody.EMPTY.write(slot, 0);

        assertThat(slot.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void response_ofACompletion_isBothWords() {
        CommandCqe.setResponse0(slot, 32, 0x1122334455667788L);
        CommandCqe.setResponse1(slot, 32, 0x99AABBCCDDEEFF00L);

        assertThat(CommandCqe.response(slot, 32))
                .isEqualTo(new CommandResponse(0x1122334455667788L, 0x99AABBCCDDEEFF00L));
    }

    @Test
    void pageShift_ofLessThanAPage_isRefused() {
        assertEinval(() -> CreateQp.setSqPageShift(slot, 0, 11), "11");
        assertEinval(() -> CreateCq.setPageShift(slot, 0, 0), "0");
        assertEinval(() -> RegMr.setMttPageShift(slot, 0, 11), "11");
    }

    @Test
    void pageOffset_thatIsNoMultipleOfAPage_isRefused() {
        assertEinval(() -> CreateQp.setSqPageOffset(slot, 0, 4097), "4097");
        assertEinval(() -> CreateQp.setRqPageOffset(slot, 0, 8), "8");
    }

    @Test
    void negativeValues_areRefused() {
        assertEinval(() -> CreateQp.setQpn(slot, 0, -1), "value");
        assertEinval(() -> ModifyQp.setSourcePort(slot, 0, -1), "-1");
        assertEinval(() -> AddressVector.setDestinationMac(slot, 0, -1), "-1");
        assertEinval(() -> RegMr.setLengthLow(slot, 0, -1), "-1");
    }

    @Test
    void pages_outsideTheCommand_areRefused() {
        assertThatThrownBy(() -> CreateQp.setSqMtt(slot, 0, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> CreateQp.setRqMtt(slot, 0, 4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> RegMr.setPage(slot, 0, 4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> RegMr.page(slot, 0, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(slot.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    private void assertEinval(ThrowingCallable call, String value) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL)).hasMessageContaining(value);
        assertThat(slot.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
}
