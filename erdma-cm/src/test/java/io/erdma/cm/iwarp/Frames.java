package io.erdma.cm.iwarp;

/** Start frames written by hand from the table of wire.md §6. */
final class Frames {
    /** "MPA ID Req Frame". */
    static final String REQ = "4d504120494420526571204672616d65";
    /** "MPA ID Rep Frame". */
    static final String REP = "4d504120494420526570204672616d65";

    private Frames() {}

    /** A frame of fields in hexadecimal digits; the length is counted. */
    static String frame(String key, String flags, String cookie, String extension, String privateData) {
        return key + flags + "%04x".formatted(privateData.length() / 2) + cookie + extension + privateData;
    }

    /** A good request without private data. */
    static String request() {
        return frame(REQ, "0081", "11223344", "00000001", "");
    }

    /** A good reply without private data. */
    static String reply() {
        return frame(REP, "0081", "11223344", "00000001", "");
    }
}
