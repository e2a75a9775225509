package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A card: its vports, its flow rules and how it works. EINVAL for a value out of its range; EEXIST for two vports of one name, or two in one VPC
 * with one MAC or IPv4 address. Different VPCs may use the same addresses.
 *
 * @param vports the tenants, at least one
 * @param rules flow rules from the start
 * @param engineThreads 0: inline, all work is done in the thread that rings a doorbell; 1–64: so many engine threads (device-behaviour §7)
 * @param strict every DMA object in an arena of its own, so that a use after free is noticed
 * @param scattered a caller's memory is mapped page by page at device addresses that fall
 * @param seed of everything that is random, such as initial sequence numbers
 */
public record CardSpec(
        List<VportSpec> vports, List<FlowRule> rules, int engineThreads, boolean strict, boolean scattered, long seed) {
    private static final int MOST_THREADS = 64;
    private static final int LONGEST_FILE = 1 << 20;

    /** Checks the values. */
    public CardSpec {
        vports = List.copyOf(vports);
        rules = List.copyOf(rules);
        if (vports.isEmpty()) {
            throw new ErrnoException(Errno.EINVAL, "a card without vports");
        }
        if (engineThreads < 0 || engineThreads > MOST_THREADS) {
            throw new ErrnoException(Errno.EINVAL, "engine threads " + engineThreads + " are not in 0…" + MOST_THREADS);
        }
        Set<String> taken = new HashSet<>();
        for (VportSpec vport : vports) {
            claim(taken, "vport " + vport.name());
            claim(taken, "MAC address " + vport.mac() + " in VPC " + vport.vpc());
            for (Inet4Address address : vport.addresses()) {
                claim(taken, "address " + address.getHostAddress() + " in VPC " + vport.vpc());
            }
        }
    }

    private static void claim(Set<String> taken, String what) {
        if (!taken.add(what)) {
            throw new ErrnoException(Errno.EEXIST, what + " is there twice");
        }
    }

    /**
     * The card of the examples, inline: alice (10.0.0.1) and bob (10.0.0.2) in VPC blue, mallory (10.0.0.2 too) in VPC red; each has
     * {@code eth0} and one function.
     */
    public static CardSpec twoTenants() {
        return builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").build())
                .vport(VportSpec.builder("bob", "blue", "02:00:00:00:00:02", "10.0.0.2").build())
                .vport(VportSpec.builder("mallory", "red", "02:00:00:00:00:66", "10.0.0.2").build())
                .build();
    }

    /** Reads a card from text; see {@link CardFile}. EINVAL and EEXIST name the line. */
    public static CardSpec parse(String text) {
        return CardFile.parse("card", text);
    }

    /** Reads a card from a UTF-8 file of at most 1 MiB; see {@link CardFile}. ENOENT, EIO; EINVAL and EEXIST name the file, and the line. */
    public static CardSpec read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] text = in.readNBytes(LONGEST_FILE + 1);
            if (text.length > LONGEST_FILE) {
                throw new ErrnoException(Errno.EINVAL, file + " is longer than " + LONGEST_FILE + " bytes");
            }
            return CardFile.parse(
                    file.toString(), StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString());
        } catch (NoSuchFileException e) {
            throw new ErrnoException(Errno.ENOENT, "no card file " + file, e);
        } catch (CharacterCodingException e) {
            throw new ErrnoException(Errno.EINVAL, file + " is no UTF-8 text", e);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot read card file " + file + ": " + e.getMessage(), e);
        }
    }

    /** The same with settings of the statement {@code card} of a {@link CardFile}; EINVAL for one that is unknown or has a bad value. */
    public CardSpec with(Map<String, String> settings) {
        CardLine line = new CardLine("card", settings);
        Builder builder = toBuilder();
        CardFile.settings(line, builder);
        line.requireAllTaken();
        return builder.build();
    }

    /** A builder of an inline card without vports, neither strict nor scattered, of seed 1. */
    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts from this. */
    public Builder toBuilder() {
        Builder builder = new Builder().engineThreads(engineThreads).strict(strict).scattered(scattered).seed(seed);
        vports.forEach(builder::vport);
        rules.forEach(builder::rule);
        return builder;
    }

    /** Builds a card. */
    public static final class Builder {
        private final List<VportSpec> vports = new ArrayList<>();
        private final List<FlowRule> rules = new ArrayList<>();
        private int engineThreads;
        private boolean strict;
        private boolean scattered;
        private long seed = 1;

        private Builder() {}

        /** Adds a vport. */
        public Builder vport(VportSpec vport) {
            vports.add(vport);
            return this;
        }

        /** Adds a flow rule. */
        public Builder rule(FlowRule rule) {
            rules.add(rule);
            return this;
        }

        /** See {@link CardSpec#engineThreads()}. */
        public Builder engineThreads(int count) {
            engineThreads = count;
            return this;
        }

        /** See {@link CardSpec#strict()}. */
        public Builder strict(boolean on) {
            strict = on;
            return this;
        }

        /** See {@link CardSpec#scattered()}. */
        public Builder scattered(boolean on) {
            scattered = on;
            return this;
        }

        /** See {@link CardSpec#seed()}. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** The card. EINVAL, EEXIST as {@link CardSpec} says. */
        public CardSpec build() {
            return new CardSpec(vports, rules, engineThreads, strict, scattered, seed);
        }
    }
}
