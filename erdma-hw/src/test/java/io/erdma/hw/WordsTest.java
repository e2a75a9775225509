package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WordsTest {
    private final MemorySegment memory = MemorySegment.ofArray(new long[2]);

    @Test
    void littleEndianWords_haveTheirLowByteFirst() {
        Words.setLe16(memory, 0, 0x1234);
        Words.setU8(memory, 2, 0x1AB);
        Words.setLe32(memory, 4, 0x89ABCDEF);
        Words.storeLe64(memory, 8, 0x1122334455667788L);

        assertThat(hex()).isEqualTo("3412ab00efcdab898877665544332211");
        assertThat(Words.le16(memory, 4)).isEqualTo(0xCDEF);
        assertThat(Words.u8(memory, 2)).isEqualTo(0xAB);
        assertThat(Words.le32(memory, 4)).isEqualTo(0x89ABCDEF);
        assertThat(Words.unsignedLe32(memory, 4)).isEqualTo(0x89ABCDEFL);
        assertThat(Words.loadLe32(memory, 4)).isEqualTo(0x89ABCDEF);
        assertThat(Words.le64(memory, 8)).isEqualTo(Words.loadLe64(memory, 8)).isEqualTo(0x1122334455667788L);
        assertThat(Words.le64(memory, 6)).isEqualTo(0x33445566778889ABL);
    }

    @Test
    void bigEndianWords_haveTheirHighByteFirst() {
        Words.setBe16(memory, 0, 0x1234);
        Words.setBe32(memory, 4, 0x89ABCDEF);
        Words.setBe64(memory, 8, 0x1122334455667788L);

        assertThat(hex()).isEqualTo("1234000089abcdef1122334455667788");
        assertThat(Words.be16(memory, 4)).isEqualTo(0x89AB);
        assertThat(Words.be32(memory, 4)).isEqualTo(Words.loadBe32(memory, 4)).isEqualTo(0x89ABCDEF);
        assertThat(Words.be64(memory, 6)).isEqualTo(0xCDEF112233445566L);
    }

    @Test
    void orderedStores_writeTheSameBytesAsPlainOnes() {
        Words.storeLe32(memory, 0, 0x01020304);
        Words.storeBe32(memory, 4, 0x01020304);
        Words.setLe64(memory, 8, 0x1122334455667788L);

        assertThat(hex()).isEqualTo("04030201010203048877665544332211");
    }

    @Test
    void orderedWordsThatAreNotAligned_areRefused_andNothingIsWritten() {
        assertThatIllegalArgumentException().isThrownBy(() -> Words.storeLe32(memory, 6, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Words.storeLe64(memory, 4, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Words.storeBe32(memory, 2, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Words.loadLe64(memory, 4));
        assertThat(hex()).isEqualTo("00".repeat(16));
    }

    @Test
    void plainWords_mayLieAnywhere() {
        Words.setLe64(memory, 3, 0x1122334455667788L);
        Words.setBe32(memory, 11, 0x99AABBCC);

        assertThat(hex()).isEqualTo("000000887766554433221199aabbcc00");
        assertThat(Words.le64(memory, 3)).isEqualTo(0x1122334455667788L);
        assertThat(Words.be32(memory, 11)).isEqualTo(0x99AABBCC);
    }

    @Test
    void wordsOutsideTheSegment_areRefused() {
        assertThatThrownBy(() -> Words.setLe64(memory, 16, -1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> DoorbellRecord.store(memory, -8, -1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void doorbellRecord_holdsTheDoorbellsValue() {
        DoorbellRecord.store(memory, 8, SqDoorbell.compose(0x12345, 0xABCD));

        assertThat(hex()).isEqualTo("0000000000000000cdab000045230100");
        assertThat(DoorbellRecord.load(memory, 8)).isEqualTo(SqDoorbell.compose(0x12345, 0xABCD));
    }

    private String hex() {
        return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
    }
}
