package io.erdma.cm.iwarp;

import static io.erdma.cm.iwarp.MpaFrameReader.Progress.BROKEN;
import static io.erdma.cm.iwarp.MpaFrameReader.Progress.COMPLETE;
import static io.erdma.cm.iwarp.MpaFrameReader.Progress.ENDED;
import static io.erdma.cm.iwarp.MpaFrameReader.Progress.INCOMPLETE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.erdma.core.net.Stream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MpaFrameReaderTest {
    private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
    private boolean ended;
    private final Stream stream = stream();
    private final MpaFrameReader reader = new MpaFrameReader(MpaFrame.Kind.REPLY);

    @Test
    void nothing_isIncomplete() {
        assertThat(reader.readFrom(stream)).isEqualTo(INCOMPLETE);
    }

    @Test
    void endBeforeTheFirstByte_isEnded() {
        ended = true;

        assertThat(reader.readFrom(stream)).isEqualTo(ENDED);
    }

    @Test
    void byteByByte_completesWithTheLastByteOnly() {
        byte[] bytes = hex(Frames.frame(Frames.REP, "0081", "11223344", "00000001", "a1b2c3"));

        for (int i = 0; i < bytes.length; i++) {
            pieces.add(new byte[]{ bytes[i] });
            assertThat(reader.readFrom(stream)).as("byte %d", i)
                    .isEqualTo(i < bytes.length - 1 ? INCOMPLETE : COMPLETE);
        }
        assertThat(reader.frame().privateData()).containsExactly(0xa1, 0xb2, 0xc3);
    }

    @Test
    void defect18_endRightBehindAFrameWithoutPrivateData_isNoError() {
        pieces.add(hex(Frames.frame(Frames.REP, "2081", "00000000", "00000000", "")));
        ended = true;

        assertThat(reader.readFrom(stream)).isEqualTo(COMPLETE);
        assertThat(reader.frame().reject()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 19, 20, 27, 28, 29 })
    void endInsideAFrame_isBroken(int bytesBefore) {
        byte[] whole = hex(Frames.frame(Frames.REP, "0081", "00000000", "00000000", "0102"));
        pieces.add(Arrays.copyOf(whole, bytesBefore));
        ended = true;

        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = { "0001", "0002", "0080", "0082", "0000", "00ff" })
    void anotherRevision_isBroken_asSoonAsItIsKnown(String flags) {
        pieces.add(hex(Frames.REP + flags + "0000"));

        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = { "0101", "0200", "7fff", "8000", "ffff" })
    void moreThan256BytesOfPrivateData_areBroken_asSoonAsTheyAreAnnounced(String length) {
        pieces.add(hex(Frames.REP + "0081" + length));

        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
    }

    @Test
    void exactly256BytesOfPrivateData_areTaken() {
        pieces.add(hex(Frames.frame(Frames.REP, "0081", "00000000", "00000000", "5a".repeat(256))));

        assertThat(reader.readFrom(stream)).isEqualTo(COMPLETE);
        assertThat(reader.frame().privateData()).hasSize(256).containsOnly(0x5a);
    }

    @Test
    void theKeyOfTheOtherKind_isBroken_butOnlyOnceTheFrameIsWhole() {
        byte[] whole = hex(Frames.request());
        pieces.add(Arrays.copyOf(whole, 27));
        assertThat(reader.readFrom(stream)).isEqualTo(INCOMPLETE);

        pieces.add(new byte[]{ whole[27] });
        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "01", "010203" })
    void bytesBehindTheFrame_areBroken(String privateData) {
        pieces.add(hex(Frames.frame(Frames.REP, "0081", "00000000", "00000000", privateData) + "00"));

        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
    }

    @Test
    void aFloodBehindTheFrame_isNotReadWhole() {
        pieces.add(new byte[100_000]);

        assertThat(reader.readFrom(stream)).isEqualTo(BROKEN);
        assertThat(pieces.getFirst().length).isGreaterThan(99_000);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void howBytesAreCut_makesNoDifference(@ForAll("mutatedFrames") byte[] bytes, @ForAll("cuts") List<Integer> cuts,
            @ForAll boolean end) {
        MpaFrameReaderTest whole = new MpaFrameReaderTest();
        whole.pieces.add(bytes);
        whole.ended = end;
        MpaFrameReaderTest cut = new MpaFrameReaderTest();
        cut.addCut(bytes, cuts);
        cut.ended = end;

        MpaFrameReader.Progress expected = whole.reader.readFrom(whole.stream);

        assertThat(cut.reader.readFrom(cut.stream)).isEqualTo(expected);
        if (expected == COMPLETE) {
            assertThat(cut.reader.frame()).hasToString(whole.reader.frame().toString());
        }
    }

    private void addCut(byte[] bytes, List<Integer> cuts) {
        int from = 0;
        for (int cut : cuts) {
            int to = Math.min(bytes.length, from + cut);
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        pieces.add(Arrays.copyOfRange(bytes, from, bytes.length));
    }

    @Provide
    Arbitrary<byte[]> mutatedFrames() {
        Arbitrary<byte[]> good = Arbitraries.bytes().array(byte[].class).ofMaxSize(256).map(privateData -> hex(Frames
                .frame(Frames.REP, "0081", "11223344", "00000001", HexFormat.of().formatHex(privateData))));
        return Combinators.combine(good, Arbitraries.integers().between(0, 400), Arbitraries.bytes(),
                Arbitraries.integers().between(-40, 40)).as((frame, at, value, more) -> {
                    byte[] bytes = Arrays.copyOf(frame, Math.max(0, frame.length + more / 10));
                    if (at < bytes.length) {
                        bytes[at] = value;
                    }
                    return bytes;
                });
    }

    @Provide
    Arbitrary<List<Integer>> cuts() { return Arbitraries.integers().between(0, 30).list().ofMaxSize(40); }

    private static byte[] hex(String digits) { return HexFormat.of().parseHex(digits); }

    /** Gives one piece a call; nothing, or the end, behind the last. */
    private Stream stream() {
        Stream result = mock(Stream.class);
        when(result.read(any())).thenAnswer(call -> {
            ByteBuffer target = call.getArgument(0);
            while (!pieces.isEmpty() && pieces.getFirst().length == 0) {
                pieces.removeFirst();
            }
            if (pieces.isEmpty()) {
                return ended ? -1 : 0;
            }
            byte[] piece = pieces.removeFirst();
            int taken = Math.min(piece.length, target.remaining());
            target.put(piece, 0, taken);
            if (taken < piece.length) {
                pieces.addFirst(Arrays.copyOfRange(piece, taken, piece.length));
            }
            return taken;
        });
        return result;
    }
}
