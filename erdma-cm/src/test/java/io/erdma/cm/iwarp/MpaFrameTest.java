package io.erdma.cm.iwarp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MpaFrameTest {
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void request_isTheBytesOfTheWireTable() {
        MpaFrame frame = MpaFrame.request(0x01020304, 3, "hello".getBytes(StandardCharsets.US_ASCII));

        assertThat(hex(frame, MpaFrame.Kind.REQUEST)).isEqualTo(
                "4d504120494420526571204672616d65" + "0081" + "0005" + "01020304" + "00000003" + "68656c6c6f");
        assertThat(frame.length()).isEqualTo(33);
    }

    @Test
    void decode_readsEveryField() {
        MpaFrame frame = decode(
                "4d504120494420526570204672616d65" + "e081" + "0002" + "89abcdef" + "fffffff4" + "0aff");

        assertThat(frame.markers()).isTrue();
        assertThat(frame.crc()).isTrue();
        assertThat(frame.reject()).isTrue();
        assertThat(frame.cookie()).isEqualTo(0x89abcdef);
        assertThat(frame.congestionControl()).isEqualTo(4);
        assertThat(frame.privateData()).containsExactly(0x0a, 0xff);
    }

    @Test
    void decode_takesEachFlagFromItsOwnBit() {
        assertThat(flags("8081")).isEqualTo("markers");
        assertThat(flags("4081")).isEqualTo("crc");
        assertThat(flags("2081")).isEqualTo("reject");
        assertThat(flags("1f81")).isEmpty();
    }

    private static String flags(String word) {
        MpaFrame frame = decode(Frames.frame(Frames.REQ, word, "00000000", "00000000", ""));
        return (frame.markers() ? "markers" : "") + (frame.crc() ? "crc" : "") + (frame.reject() ? "reject" : "");
    }

    @Test
    void accepted_bringsTheRequestsWordsBack_withOwnCookieAndCongestionControl() {
        MpaFrame request = decode(Frames.frame(Frames.REQ, "1f81", "11223344", "abcdef32", "01"));

        assertThat(hex(request.accepted(0x55667788, 1, new byte[]{ 9, 8 }), MpaFrame.Kind.REPLY)).isEqualTo(
                "4d504120494420526570204672616d65" + "1f81" + "0002" + "55667788" + "abcdef31" + "0908");
    }

    @Test
    void accepted_neverCarriesARejectFlagThatTheRequestHad() {
        MpaFrame request = decode(Frames.frame(Frames.REQ, "2081", "11223344", "00000001", ""));

        assertThat(request.accepted(1, 1, new byte[0]).reject()).isFalse();
    }

    @Test
    void rejected_bringsCookieAndExtensionBackUnchanged() {
        MpaFrame request = decode(Frames.frame(Frames.REQ, "0081", "11223344", "abcdef32", "01"));

        assertThat(hex(request.rejected(new byte[]{ 7 }), MpaFrame.Kind.REPLY)).isEqualTo(
                "4d504120494420526570204672616d65" + "2081" + "0001" + "11223344" + "abcdef32" + "07");
    }

    @Test
    void refused_clearsMarkersAndCrc_andHasNoPrivateData() {
        MpaFrame request = decode(Frames.frame(Frames.REQ, "d081", "11223344", "00000002", "0102"));

        assertThat(hex(request.refused(), MpaFrame.Kind.REPLY)).isEqualTo(
                "4d504120494420526570204672616d65" + "3081" + "0000" + "11223344" + "00000002");
    }

    @Test
    void privateData_isACopy() {
        MpaFrame frame = MpaFrame.request(1, 1, new byte[]{ 1 });

        frame.privateData()[0] = 2;

        assertThat(frame.privateData()).containsExactly(1);
    }

    private static MpaFrame decode(String hex) { return MpaFrame.decode(ByteBuffer.wrap(HEX.parseHex(hex)), 0); }

    private static String hex(MpaFrame frame, MpaFrame.Kind kind) {
        ByteBuffer bytes = frame.encode(kind);
        return HEX.formatHex(bytes.array(), 0, bytes.limit());
    }
}
