package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What is stored in one go is what its parts store, whose bytes the golden vectors pin. */
class CombinedStoresTest {
    private final MemorySegment whole = Arena.ofAuto().allocate(64, 8);
    private final MemorySegment parts = Arena.ofAuto().allocate(64, 8);

    @Test
    void publish_ofACompletion_isItsFieldsAndHeader() {
        int header = Cqe.compose(1, 12, Cqe.QUEUE_RQ, 0x5A);
        Cqe.publish(whole, 32, header, 0xF_8001, 0x8_1234, 0x8070_6050, 0xF123_4567L);
        Cqe.setWqeIndex(parts, 32, 0x8001);
        Cqe.setQpn(parts, 32, 0x8_1234);
        Cqe.setImmediate(parts, 32, 0x8070_6050);
        Cqe.setByteCount(parts, 32, 0xF123_4567L);
        Cqe.store(parts, 32, header);

        assertThat(whole.mismatch(parts)).isEqualTo(-1);
    }

    @Test
    void publish_ofAnInvalidatedKey_isTheKeyInReverse() {
        Cqe.publish(whole, 0, 0, 0, 0, Integer.reverseBytes(0x8070_6050), 0);

        assertThat(Cqe.invalidatedKey(whole, 0)).isEqualTo(0x8070_6050);
    }

    @Test
    void setImmediateAndLength_isBoth() {
        SqeWrite.setImmediateAndLength(whole, 0, 0x8070_6050, 0xF123_4567L);
        SqeWrite.setImmediate(parts, 0, 0x8070_6050);
        SqeWrite.setLength(parts, 0, 0xF123_4567L);
        assertThat(whole.mismatch(parts)).isEqualTo(-1);

        SqeSend.setImmediateAndLength(whole, 32, 0x8070_6050, 0xF123_4567L);
        SqeSend.setImmediate(parts, 32, 0x8070_6050);
        SqeSend.setLength(parts, 32, 0xF123_4567L);
        assertThat(whole.mismatch(parts)).isEqualTo(-1);
    }
}
