package io.erdma.hw;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of a vector file; the format is told in {@code src/test/resources/vectors/README.md}.
 *
 * @param descriptor simple name of the class
 * @param name of the vector
 * @param bytes the descriptor in memory
 * @param set fields to encode, and to find when decoding
 * @param derived fields that follow from the others: found when decoding
 */
record Vector(String descriptor, String name, byte[] bytes, Map<String, Long> set, Map<String, Long> derived) {
    private static final Path FOLDER = Path.of("src", "test", "resources", "vectors");

    static List<Vector> all() {
        List<Vector> vectors = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER, "*.tsv")) {
            for (Path file : files) {
                Files.readAllLines(file).stream().filter(line -> !line.startsWith("#")).map(Vector::parse)
                        .forEach(vectors::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return vectors;
    }

    static Vector parse(String line) {
        String[] columns = line.split("\t", -1);
        if (columns.length != 4) {
            throw new IllegalArgumentException("not four columns: " + line);
        }
        Map<String, Long> set = new LinkedHashMap<>();
        Map<String, Long> derived = new LinkedHashMap<>();
        for (String field : columns[3].split(" ")) {
            boolean follows = field.startsWith("~");
            String[] parts = (follows ? field.substring(1) : field).split("=");
            if ((follows ? derived : set).put(parts[0], number(parts[1])) != null) {
                throw new IllegalArgumentException(parts[0] + " twice: " + line);
            }
        }
        byte[] bytes = HexFormat.of().parseHex(columns[2].replace(" ", ""));
        return new Vector(columns[0], columns[1], bytes, set, derived);
    }

    /** A decimal number, or a hexadecimal one after {@code 0x}; up to 64 bits, unsigned. */
    static long number(String text) {
        return text.startsWith("0x")
                ? Long.parseUnsignedLong(text.substring(2), 16)
                : Long.parseUnsignedLong(text);
    }

    /** What a decoder finds. */
    Map<String, Long> expected() {
        Map<String, Long> expected = new LinkedHashMap<>(set);
        expected.putAll(derived);
        return expected;
    }

    boolean isOnes() {
        return name.startsWith("ones-");
    }

    boolean isAsymmetric() {
        return name.startsWith("asymmetric");
    }

    @Override
    public String toString() {
        return descriptor + " " + name;
    }
}
