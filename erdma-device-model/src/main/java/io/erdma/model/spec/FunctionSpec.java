package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.time.Duration;

/**
 * What one function of the card is: its registers' constants, the answers to QUERY_DEVICE and QUERY_FW_INFO (device-interface §1, §2, §5) and the model's
 * own settings. A value is refused with EINVAL when its field can't hold it or the interface can't work with it; a value that only a driver should refuse
 * (version 0, congestion control 9) is taken, so that drivers can be tested with it.
 *
 * @param barBytes size of BAR 0: a power of two from 512 KiB to 256 MiB. Doorbell pages that contexts own lie in it
 * @param vectors MSI-X vectors, 1–32
 * @param revision PCI revision, 0–255
 * @param version register VERSION; 0 stands for a function that does not work
 * @param protocol register DEV_PROTO: 0 iWARP, 1 RoCEv2
 * @param firmwareVersion answer of QUERY_FW_INFO, 32 bits
 * @param qpBlocks blocks of 1024 QPs, 1–512; the number of CQs and of MRs is twice that of QPs
 * @param maxCqeLog2 log2 of the entries of a CQ, 1–20
 * @param maxReceiveWrLog2 log2 of the entries of a receive queue, 1–15
 * @param maxMrSizeLog2 log2 of the bytes of an MR, 12–63
 * @param maxMwsLog2 log2 of the number of memory windows, 0–31
 * @param maxGidsLog2 log2 of the number of GIDs (RoCEv2), 0–8
 * @param maxAhsLog2 log2 of the number of address handles (RoCEv2), 0–20
 * @param localDmaKey STag of all memory of the host, local use only; above every STag that a driver can give, so from 2²⁸, unsigned
 * @param congestionControl default congestion control, 0–15, of which 0–4 mean something
 * @param atomics whether the capability flag "atomic" is set
 * @param scatteredMtt whether an MR's table may be scattered in levels
 * @param extendedDoorbells whether a context owns doorbell pages
 * @param reflush whether REFLUSH is known; without it, what is posted to a QP in error is flushed by its doorbell alone
 * @param peerWait how long a QP in RTS waits for its peer before it is lost; not negative
 * @param receiveWait how long an untagged message waits for a receive before its stream is terminated; not negative
 */
public record FunctionSpec(
        long barBytes,
        int vectors,
        int revision,
        int version,
        int protocol,
        int firmwareVersion,
        int qpBlocks,
        int maxCqeLog2,
        int maxReceiveWrLog2,
        int maxMrSizeLog2,
        int maxMwsLog2,
        int maxGidsLog2,
        int maxAhsLog2,
        int localDmaKey,
        int congestionControl,
        boolean atomics,
        boolean scatteredMtt,
        boolean extendedDoorbells,
        boolean reflush,
        Duration peerWait,
        Duration receiveWait) {
    /** PCI vendor of every function. */
    public static final int VENDOR = 0x1DED;
    /** PCI device of every function. */
    public static final int DEVICE = 0x107F;
    /** The iWARP value of {@link #protocol()}. */
    public static final int IWARP = 0;
    /** The RoCEv2 value of {@link #protocol()}. */
    public static final int ROCE_V2 = 1;

    private static final long SMALLEST_BAR = 512 << 10;
    private static final long LARGEST_BAR = 256L << 20;
    private static final int QPS_PER_BLOCK = 1024;
    private static final int STAG_BITS = 28;

    /** Checks the ranges. */
    public FunctionSpec {
        range("BAR size", barBytes, SMALLEST_BAR, LARGEST_BAR);
        require(Long.bitCount(barBytes) == 1, "BAR size " + barBytes + " is no power of two");
        range("vectors", vectors, 1, 32);
        range("revision", revision, 0, 0xFF);
        range("protocol", protocol, IWARP, ROCE_V2);
        range("QP blocks", qpBlocks, 1, 512);
        range("log2 of max CQE", maxCqeLog2, 1, 20);
        range("log2 of max receive WR", maxReceiveWrLog2, 1, 15);
        range("log2 of max MR size", maxMrSizeLog2, 12, 63);
        range("log2 of max MWs", maxMwsLog2, 0, 31);
        range("log2 of max GIDs", maxGidsLog2, 0, 8);
        range("log2 of max AHs", maxAhsLog2, 0, 20);
        require(localDmaKey >>> STAG_BITS != 0, "local DMA key 0x%x can be an STag".formatted(localDmaKey));
        range("congestion control", congestionControl, 0, 15);
        require(!peerWait.isNegative(), "peer wait " + peerWait);
        require(!receiveWait.isNegative(), "receive wait " + receiveWait);
    }

    /** A builder that starts from {@link Builder the defaults}. */
    public static Builder builder() {
        return new Builder();
    }

    /** The defaults. */
    public static FunctionSpec defaults() { return builder().build(); }

    /** A builder that starts from this. */
    public Builder toBuilder() { return new Builder(this); }

    /** Number of QP numbers, 0 among them. */
    public int maxQps() { return qpBlocks * QPS_PER_BLOCK; }

    /** Number of CQ numbers, 0 among them. */
    public int maxCqs() { return 2 * maxQps(); }

    /** Number of STag indices. */
    public int maxMrs() { return 2 * maxQps(); }

    private static void range(String what, long value, long low, long high) {
        require(value >= low && value <= high, what + " " + value + " is not in " + low + "…" + high);
    }

    private static void require(boolean good, String message) {
        if (!good) {
            throw new ErrnoException(Errno.EINVAL, message);
        }
    }

    /**
     * Builds a spec. It starts with what Linux ran on (device-interface §5.1), every capability that changes no limit, and plain doorbells:
     * 512 KiB BAR 0, 32 vectors, iWARP, 1 QP block, 2²⁰ CQEs, 2¹⁵ receives, MRs of 2⁴⁰ bytes, CUBIC, atomics, scattered tables, REFLUSH.
     */
    public static final class Builder {
        private long barBytes = SMALLEST_BAR;
        private int vectors = 32;
        private int revision = 1;
        private int version = 1;
        private int protocol = IWARP;
        private int firmwareVersion = 0x0001_0000;
        private int qpBlocks = 1;
        private int maxCqeLog2 = 20;
        private int maxReceiveWrLog2 = 15;
        private int maxMrSizeLog2 = 40;
        private int maxMwsLog2;
        private int maxGidsLog2;
        private int maxAhsLog2;
        private int localDmaKey = 0xFFFF_FF00;
        private int congestionControl = 1;
        private boolean atomics = true;
        private boolean scatteredMtt = true;
        private boolean extendedDoorbells;
        private boolean reflush = true;
        private Duration peerWait = Duration.ofSeconds(10);
        private Duration receiveWait = Duration.ZERO;

        private Builder() {}

        private Builder(FunctionSpec spec) {
            barBytes = spec.barBytes;
            vectors = spec.vectors;
            revision = spec.revision;
            version = spec.version;
            protocol = spec.protocol;
            firmwareVersion = spec.firmwareVersion;
            qpBlocks = spec.qpBlocks;
            maxCqeLog2 = spec.maxCqeLog2;
            maxReceiveWrLog2 = spec.maxReceiveWrLog2;
            maxMrSizeLog2 = spec.maxMrSizeLog2;
            maxMwsLog2 = spec.maxMwsLog2;
            maxGidsLog2 = spec.maxGidsLog2;
            maxAhsLog2 = spec.maxAhsLog2;
            localDmaKey = spec.localDmaKey;
            congestionControl = spec.congestionControl;
            atomics = spec.atomics;
            scatteredMtt = spec.scatteredMtt;
            extendedDoorbells = spec.extendedDoorbells;
            reflush = spec.reflush;
            peerWait = spec.peerWait;
            receiveWait = spec.receiveWait;
        }

        /** See {@link FunctionSpec#barBytes()}. */
        public Builder barBytes(long bytes) {
            barBytes = bytes;
            return this;
        }

        /** See {@link FunctionSpec#vectors()}. */
        public Builder vectors(int count) {
            vectors = count;
            return this;
        }

        /** See {@link FunctionSpec#revision()}. */
        public Builder revision(int value) {
            revision = value;
            return this;
        }

        /** See {@link FunctionSpec#version()}. */
        public Builder version(int value) {
            version = value;
            return this;
        }

        /** See {@link FunctionSpec#protocol()}. */
        public Builder protocol(int value) {
            protocol = value;
            return this;
        }

        /** See {@link FunctionSpec#firmwareVersion()}. */
        public Builder firmwareVersion(int value) {
            firmwareVersion = value;
            return this;
        }

        /** See {@link FunctionSpec#qpBlocks()}. */
        public Builder qpBlocks(int count) {
            qpBlocks = count;
            return this;
        }

        /** See {@link FunctionSpec#maxCqeLog2()}. */
        public Builder maxCqeLog2(int log2) {
            maxCqeLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#maxReceiveWrLog2()}. */
        public Builder maxReceiveWrLog2(int log2) {
            maxReceiveWrLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#maxMrSizeLog2()}. */
        public Builder maxMrSizeLog2(int log2) {
            maxMrSizeLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#maxMwsLog2()}. */
        public Builder maxMwsLog2(int log2) {
            maxMwsLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#maxGidsLog2()}. */
        public Builder maxGidsLog2(int log2) {
            maxGidsLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#maxAhsLog2()}. */
        public Builder maxAhsLog2(int log2) {
            maxAhsLog2 = log2;
            return this;
        }

        /** See {@link FunctionSpec#localDmaKey()}. */
        public Builder localDmaKey(int stag) {
            localDmaKey = stag;
            return this;
        }

        /** See {@link FunctionSpec#congestionControl()}. */
        public Builder congestionControl(int value) {
            congestionControl = value;
            return this;
        }

        /** See {@link FunctionSpec#atomics()}. */
        public Builder atomics(boolean on) {
            atomics = on;
            return this;
        }

        /** See {@link FunctionSpec#scatteredMtt()}. */
        public Builder scatteredMtt(boolean on) {
            scatteredMtt = on;
            return this;
        }

        /** See {@link FunctionSpec#extendedDoorbells()}. */
        public Builder extendedDoorbells(boolean on) {
            extendedDoorbells = on;
            return this;
        }

        /** See {@link FunctionSpec#reflush()}. */
        public Builder reflush(boolean on) {
            reflush = on;
            return this;
        }

        /** See {@link FunctionSpec#peerWait()}. */
        public Builder peerWait(Duration wait) {
            peerWait = wait;
            return this;
        }

        /** See {@link FunctionSpec#receiveWait()}. */
        public Builder receiveWait(Duration wait) {
            receiveWait = wait;
            return this;
        }

        /** The spec. EINVAL for a value out of its range. */
        public FunctionSpec build() {
            return new FunctionSpec(barBytes, vectors, revision, version, protocol, firmwareVersion, qpBlocks,
                    maxCqeLog2, maxReceiveWrLog2, maxMrSizeLog2, maxMwsLog2, maxGidsLog2, maxAhsLog2, localDmaKey,
                    congestionControl, atomics, scatteredMtt, extendedDoorbells, reflush, peerWait, receiveWait);
        }
    }
}
