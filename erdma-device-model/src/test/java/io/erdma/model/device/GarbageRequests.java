package io.erdma.model.device;

import io.erdma.hw.AccessRights;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.RingIndex;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeHeader;
import io.erdma.model.device.GarbageReport.Entry;
import io.erdma.model.device.GarbageReport.Form;
import io.erdma.model.device.TestQp.Piece;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Posts requests and receives, of the tenant and of its peer, whose requests lead into the tenant's memory. */
final class GarbageRequests {
    private static final int RING_MASK = (1 << GarbagePairs.SEND_LOG2) - 1;

    private final GarbageTenant tenant;
    private final SplittableRandom random;
    private final FieldMutation mutation;
    /** The entry that is mutated, as it may go round the end of the ring. */
    private final MemorySegment entry = Arena.ofAuto().allocate(128, 8);
    private long[] addresses = {};

    GarbageRequests(GarbageTenant tenant, SplittableRandom random, FieldMutation mutation) {
        this.tenant = tenant;
        this.random = random;
        this.mutation = mutation;
    }

    /** A life has begun. */
    void begin() {
        addresses = Arrays.copyOf(tenant.playground.addresses(), tenant.playground.addresses().length + 24);
        int at = tenant.playground.addresses().length;
        for (TestMr mr : new TestMr[]{ tenant.region, tenant.peerRegion, tenant.readOnlyMemory }) {
            for (long edge : new long[]{ mr.va() - 8, mr.va() - 1, mr.va(), mr.va(1), mr.va(mr.bytes - 8),
                mr.va(mr.bytes - 1), mr.va(mr.bytes), mr.va(mr.bytes + 1) }) {
                addresses[at++] = edge;
            }
        }
    }

    /** One request to a pair, its receive at times, and the doorbell. */
    void post(int pair) {
        boolean own = random.nextInt(4) > 0;
        if (own && !tenant.pairs.isThere(pair)) {
            return;
        }
        TestQp qp = own ? tenant.pairs.own(pair) : tenant.pairs.other(pair);
        int from = qp.sendIndex;
        int bytes = compose(qp, qp.host == tenant.host);
        int form = random.nextInt(100);
        if (form < 65) {
            tenant.report.entry(Entry.SEND, Form.ONE_FIELD_MUTATED);
            mutate(qp, from, bytes);
        } else if (form < 90) {
            tenant.report.entry(Entry.SEND, Form.VALID);
        } else {
            tenant.report.entry(Entry.SEND, Form.RANDOM);
            scramble(qp, from);
        }
        if (random.nextInt(3) == 0) {
            receive(own ? tenant.pairs.other(pair) : tenant.pairs.own(pair), pair);
        }
        qp.ring();
    }

    /** Has the device use a queue whose memory has just gone, if the pair is in order. */
    void useGone(int pair) {
        TestQp own = tenant.pairs.own(pair);
        switch (pair) {
            case GarbagePairs.SENDS_FLEET -> tenant.host.write64(DoorbellSpace.KERNEL_SQ_OFFSET,
                    SqDoorbell.compose(own.qpn, own.sendIndex + 1));
            case GarbagePairs.RECEIVES_FLEET -> tenant.pairs.other(pair)
                    .send(TestQp.SIGNALED, Piece.of(tenant.peerRegion, 0, 64)).ring();
            case GarbagePairs.COMPLETIONS_FLEET -> own
                    .write(TestQp.SIGNALED, tenant.peerRegion.stag(), tenant.peerRegion.va(), local()).ring();
            default -> throw new AssertionError("pair " + pair + " has no such queue");
        }
    }

    /** Posts a receive that is as good as its buffer. */
    private void receive(TestQp qp, int pair) {
        boolean own = qp == tenant.pairs.own(pair);
        if (own && !tenant.pairs.isThere(pair)) {
            return;
        }
        qp.receive(qp.host == tenant.host
                ? local()
                : Piece.of(tenant.peerRegion, 0, tenant.peerRegion.bytes));
        if (random.nextInt(3) == 0) {
            tenant.report.entry(Entry.RECEIVE, Form.VALID);
            return;
        }
        tenant.report.entry(Entry.RECEIVE, Form.ONE_FIELD_MUTATED);
        long slot = RingIndex.offset(qp.receiveIndex - 1, 1 << GarbagePairs.RECEIVE_LOG2, 5);
        if (qp.host == tenant.host && random.nextInt(3) == 0) {
            mutation.address(qp.receiveRing, slot + 16, addresses);
        } else {
            mutation.word(qp.receiveRing, slot, 32);
        }
    }

    /** Composes a request that is as good as its memory. */
    private int compose(TestQp qp, boolean tenants) {
        boolean loopback = tenants && qp.host == tenant.pairs.other(GarbagePairs.COUNT - 1).host
                && qp.qpn >= GarbagePairs.COUNT;
        Piece piece = tenants ? local() : Piece.of(tenant.peerRegion, random.nextInt(100), random.nextInt(2000));
        TestMr remote = tenants && !loopback ? peersRegion() : anyRegion();
        long address = remote
                .va(random.nextInt(8) == 0 ? random.nextInt(GarbageTenant.REGION_BYTES) : 8L * random.nextInt(100));
        int stag = remote.stag();
        int flags = random.nextInt(8);
        int fast = tenant.fastRegister << 8;
        int before = qp.sendIndex;
        switch (random.nextInt(18)) {
            case 0, 1 -> qp.write(flags, stag, address, piece);
            case 2 -> qp.write(flags, stag, address, piece, tenants ? local() : piece, piece);
            case 3 -> qp.writeWithImmediate(flags, random.nextInt(), stag, address, piece);
            case 4 -> qp.writeInline(flags, stag, address, new byte[random.nextInt(97)]);
            case 5, 6 -> qp.send(flags, piece);
            case 7 -> qp.sendWithImmediate(flags, random.nextInt(), piece);
            case 8 -> qp.sendWithInvalidate(flags, fast, piece);
            case 9 -> qp.sendInline(flags, new byte[random.nextInt(97)]);
            case 10, 11 -> qp.read(flags, piece, stag, address);
            case 12 -> qp.readWithInvalidate(flags, fast, piece, stag, address);
            case 13 -> qp.fetchAndAdd(flags, 1, new Piece(piece.address(), 8, piece.key()), stag, address & -8);
            case 14 -> qp.compareAndSwap(flags, 0, random.nextLong(), new Piece(piece.address(), 8, piece.key()), stag,
                    address & -8);
            case 15 -> qp.registerInline(flags, fast, AccessRights.ALL_BUT_ATOMIC, random.nextInt(4096), 4096,
                    Playground.BASE + 0x3000, Playground.BASE + 0x9000);
            case 16 -> qp.registerTable(flags, fast, AccessRights.LOCAL_READ | AccessRights.REMOTE_WRITE,
                    random.nextInt(4096), 4 << 12, 5);
            default -> qp.localInvalidate(flags, fast);
        }
        return RingIndex.distance16(before, qp.sendIndex) << 5;
    }

    /** What the tenant names for its own side: most of it may be used. */
    private Piece local() {
        return switch (random.nextInt(16)) {
            case 0 -> Piece.of(tenant.readable, random.nextInt(100), random.nextInt(200));
            case 1 -> Piece.of(tenant.otherPd, 0, random.nextInt(200));
            case 2 -> Piece.of(tenant.readOnlyMemory, random.nextInt(100), random.nextInt(200));
            case 3 -> Piece.of(tenant.fleeting, random.nextInt(100), random.nextInt(200));
            case 4 -> new Piece(-random.nextInt(50), 64, tenant.region.stag());
            case 5 -> new Piece(tenant.region.va(GarbageTenant.REGION_BYTES - 10), random.nextInt(100),
                    tenant.region.stag());
            case 6 -> new Piece(Playground.BASE + random.nextInt((int) Playground.BYTES), random.nextInt(4096),
                    tenant.host.spec.localDmaKey());
            default -> Piece.of(tenant.region, random.nextInt(5000), random.nextInt(2000));
        };
    }

    private TestMr peersRegion() {
        return random.nextInt(12) == 0 ? tenant.peerPrivate : tenant.peerRegion;
    }

    private TestMr anyRegion() {
        return switch (random.nextInt(8)) {
            case 0 -> tenant.readable;
            case 1 -> tenant.otherPd;
            case 2 -> tenant.readOnlyMemory;
            case 3 -> tenant.fleeting;
            default -> tenant.region;
        };
    }

    private void mutate(TestQp qp, int from, int bytes) {
        copy(qp, from, bytes, false);
        int[] places = addresses(SqeHeader.opcode(SqeHeader.load(entry, 0)), bytes);
        // the peer does no harm to itself: its own addresses stay
        if (places.length > 0 && random.nextInt(3) == 0) {
            mutation.address(entry, places[random.nextInt(places.length)], addresses);
        } else {
            mutation.word(entry, 0, bytes);
        }
        copy(qp, from, bytes, true);
    }

    /** Where in an entry there are addresses. */
    private static int[] addresses(int opcode, int bytes) {
        return switch (opcode) {
            case SqOpcode.WRITE, SqOpcode.WRITE_WITH_IMM -> bytes > 32 ? new int[]{ 20, 32 } : new int[]{ 20 };
            case SqOpcode.SEND, SqOpcode.SEND_WITH_IMM, SqOpcode.SEND_WITH_INV -> new int[]{ 16 };
            case SqOpcode.READ, SqOpcode.READ_WITH_INV -> new int[]{ 20, 32 };
            case SqOpcode.ATOMIC_CAS, SqOpcode.ATOMIC_FAA -> new int[]{ 32, 48 };
            case SqOpcode.REG_MR -> bytes > 32 ? new int[]{ 8, 32, 40 } : new int[]{ 8 };
            default -> new int[0];
        };
    }

    private void scramble(TestQp qp, int from) {
        copy(qp, from, 32, false);
        if (random.nextBoolean()) {
            mutation.all(entry, 8, 24);
        } else {
            mutation.all(entry, 0, 32);
        }
        copy(qp, from, 32, true);
    }

    private void copy(TestQp qp, int from, int bytes, boolean back) {
        for (int done = 0; done < bytes; done += 32) {
            long slot = (long) (from + (done >> 5) & RING_MASK) << 5;
            if (back) {
                MemorySegment.copy(entry, done, qp.sendRing, slot, 32);
            } else {
                MemorySegment.copy(qp.sendRing, slot, entry, done, 32);
            }
        }
    }
}
