package io.erdma.cli.demo;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 under way. */
final class Digest {
    private final MessageDigest sha256;

    Digest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    void add(MemorySegment data) {
        sha256.update(data.asByteBuffer());
    }

    /** The value, in hexadecimal. Ends the computation. */
    String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }
}
