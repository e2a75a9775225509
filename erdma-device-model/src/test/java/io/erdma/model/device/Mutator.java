package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.cmd.AllocDb;
import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.ConfDevice;
import io.erdma.hw.cmd.ConfMtu;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.DestroyCq;
import io.erdma.hw.cmd.DestroyEq;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.hw.cmd.FreeDb;
import io.erdma.hw.cmd.GetStats;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.Reflush;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.device.TestQp.Piece;
import io.erdma.model.spec.FunctionSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A tenant that means no good, the peer that it is connected with, and two bystanders. It lives many lives: brings its function up, makes objects, does some
 * thousand things of which each is valid but for at most one field, and resets.
 */
final class Mutator implements AutoCloseable {
    private static final int ACTIONS_A_LIFE = 1000;
    private static final int PAIRS = 4;
    private static final int SEND_LOG2 = 6;
    private static final int RECEIVE_LOG2 = 4;
    private static final long REGION_BYTES = 8192;

    private final Random random;
    private final TestCard card = new TestCard();
    private final FunctionSpec spec = FunctionSpec.builder().extendedDoorbells(true).build();
    private final TestHost mallory = card.bare(spec, Optional.empty());
    private final TestHost peer = card.bare(FunctionSpec.defaults(), Optional.empty());
    private final Bystanders bystanders = new Bystanders(card);
    private final Set<Integer> syndromes = new TreeSet<>();
    private final Set<Integer> events = new TreeSet<>();
    private final TreeMap<CommandOpcode, int[]> commands = new TreeMap<>();
    private int lives;

    // of this life
    private TestCq cq;
    private TestCq peerCq;
    private TestMr region;
    private TestMr peerRegion;
    private TestMr readOnly;
    private TestMr otherPd;
    private int fastRegister;
    private final TestQp[] qps = new TestQp[PAIRS];
    private final TestQp[] peers = new TestQp[PAIRS];
    private int port;
    private int[] pages = { 1, 0x62, 0x7A };

    /** Two hosts that have nothing to do with it all; their traffic must go on. */
    private static final class Bystanders {
        private final TestHost alice;
        private final TestHost bob;
        private final TestQp out;
        private final TestQp in;
        private final TestMr source;
        private final TestMr target;
        private int count;

        Bystanders(TestCard card) {
            alice = card.host();
            bob = card.host();
            out = alice.qp(alice.cq(4));
            in = bob.qp(bob.cq(4));
            TestHost.join(out, in);
            source = alice.mr(4096).fill(1);
            target = bob.mr(4096);
        }

        void exchange() {
            source.memory().set(ValueLayout.JAVA_INT, 0, ++count);
            in.receive(Piece.of(target, 0, 4096));
            out.send(TestQp.SIGNALED, Piece.of(source, 0, 4096)).ring();
            assertThat(out.sendCq.poll().syndrome()).isZero();
            assertThat(in.receiveCq.poll().syndrome()).isZero();
            assertThat(target.memory().mismatch(source.memory())).isEqualTo(-1);
            assertThat(alice.errorEvents.takeError()).isNull();
            assertThat(bob.errorEvents.takeError()).isNull();
        }
    }

    Mutator(long seed) {
        random = new Random(seed);
    }

    void run(int count) {
        for (int done = 0; done < count; done += ACTIONS_A_LIFE) {
            begin();
            for (int i = 0; i < ACTIONS_A_LIFE; i++) {
                act();
                collect();
                if (i % 100 == 0) {
                    bystanders.exchange();
                }
            }
            end();
        }
    }

    private void begin() {
        lives++;
        for (TestHost host : List.of(mallory, peer)) {
            host.memory.rewind();
            host.nextMr = 1;
            host.boot(2);
            assertThat(host.initialized()).isTrue();
        }
        cq = mallory.cq(8);
        peerCq = peer.cq(8);
        region = mallory.mr(REGION_BYTES);
        readOnly = mallory.mr(REGION_BYTES, AccessRights.LOCAL_READ);
        otherPd = new TestMr(mallory, mallory.nextMr++, 9, mallory.memory.take(REGION_BYTES, 64), REGION_BYTES);
        assertThat(mallory.register(otherPd, 0x1F, 2)).isZero();
        peerRegion = peer.mr(REGION_BYTES);
        fastRegister = mallory.nextMr++;
        for (int i = 0; i < PAIRS; i++) {
            qps[i] = new TestQp(mallory, i + 1, cq, cq, SEND_LOG2, RECEIVE_LOG2);
            peers[i] = new TestQp(peer, i + 1, peerCq, peerCq, SEND_LOG2, RECEIVE_LOG2);
            revive(i);
        }
    }

    private void end() {
        assertThat(mallory.memory.isGuardIntact()).isTrue();
        assertThat(peer.memory.isGuardIntact()).isTrue();
        mallory.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        peer.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
        bystanders.exchange();
        assertThat(card.junction.waiting()).isZero();
        assertThat(card.timers.delayed()).isZero();
    }

    /** A pair of QPs in RTS instead of what has become of it. */
    private void revive(int i) {
        for (TestQp qp : List.of(qps[i], peers[i])) {
            qp.host.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, qp.qpn));
            qp.sendIndex = 0;
            qp.receiveIndex = 0;
            qp.host.memory.slice(qp.sendRecord, 16).fill((byte) 0);
        }
        if (mallory.createQp(qps[i]) != 0 || peer.createQp(peers[i]) != 0) {
            return;
        }
        FourTuple flow = new FourTuple(mallory.ip, ++port & 0xFFFF, peer.ip, 9);
        mallory.connect(qps[i], flow);
        peer.connect(peers[i], flow.mirrored());
        peers[i].receive(Piece.of(peerRegion, 0, REGION_BYTES));
    }

    private void act() {
        int pick = random.nextInt(100);
        if (pick < 30) {
            command();
        } else if (pick < 75) {
            request(random.nextInt(PAIRS));
        } else if (pick < 85) {
            doorbell();
        } else if (pick < 90) {
            access();
        } else if (pick < 99) {
            revive(random.nextInt(PAIRS));
        } else {
            withdrawMemory();
        }
    }

    /** A QP whose queue loses its memory; and sometimes a peer that goes away. */
    private void withdrawMemory() {
        int i = random.nextInt(PAIRS);
        if (random.nextBoolean()) {
            peer.modify(peers[i], IwarpQpState.CLOSING);
            qps[i].write(0, peerRegion.stag(), peerRegion.va(), Piece.of(region, 0, 8)).ring();
            return;
        }
        TestQp qp = qps[i];
        mallory.command(CommandOpcode.DESTROY_QP, (slot, offset) -> DestroyQp.setQpn(slot, offset, qp.qpn));
        try (Arena arena = Arena.ofShared()) {
            long at = 1L << 42;
            MemorySegment memory = arena.allocate(4096, 4096);
            mallory.space.map(memory, at, true);
            mallory.command(CommandOpcode.CREATE_QP, (slot, offset) -> {
                createQp(slot, offset, qp);
                CreateQp.setSqBufferAddress(slot, offset, at);
            });
            FourTuple flow = new FourTuple(mallory.ip, ++port & 0xFFFF, peer.ip, 9);
            mallory.connect(qp, flow);
            mallory.space.unmap(at);
            mallory.write64(0x5F000, SqDoorbell.compose(qp.qpn, 2));
        }
    }

    private Piece source() {
        return switch (random.nextInt(12)) {
            case 0 -> Piece.of(readOnly, random.nextInt(100), random.nextInt(200));
            case 1 -> Piece.of(otherPd, 0, random.nextInt(200));
            case 2 -> new Piece(-random.nextInt(50), 64, region.stag());
            case 3 -> new Piece(region.va(REGION_BYTES - 10), random.nextInt(100), region.stag());
            case 4 -> new Piece(random.nextLong(), random.nextInt(), random.nextInt());
            case 5 -> new Piece(HostMemoryArea.BASE + random.nextInt(1 << 20), random.nextInt(64), spec.localDmaKey());
            default -> Piece.of(region, random.nextInt(1000), random.nextInt(2000));
        };
    }

    private void request(int i) {
        TestQp qp = random.nextInt(4) == 0 ? peers[i] : qps[i];
        boolean own = qp == qps[i];
        TestMr remote = own ? peerRegion : anyOfMallorys();
        Piece piece = own ? source() : Piece.of(peerRegion, random.nextInt(100), random.nextInt(2000));
        long address = random.nextInt(10) == 0 ? -random.nextInt(100) : remote.va(random.nextInt(9000));
        int stag = random.nextInt(10) == 0 ? random.nextInt() : remote.stag();
        int flags = random.nextInt(8);
        int from = qp.sendIndex;
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> qp.write(flags, stag, address, piece);
            case 3 -> qp.write(flags, stag, address, piece, source(), source());
            case 4, 5 -> qp.send(flags, piece);
            case 6 -> qp.sendWithImmediate(flags, random.nextInt(), piece);
            case 7 -> qp.sendWithInvalidate(flags, fastRegister << 8, piece);
            case 8 -> qp.writeWithImmediate(flags, random.nextInt(), stag, address, piece);
            case 9 -> qp.sendInline(flags, new byte[random.nextInt(97)]);
            case 10 -> qp.read(flags, piece, stag, address);
            case 11 -> qp.fetchAndAdd(flags, 1, piece, stag, address & -8);
            case 12 ->
                qp.registerInline(flags, fastRegister << 8, AccessRights.ALL_BUT_ATOMIC, random.nextInt(4096), 100,
                        region.address & -4096);
            default -> qp.localInvalidate(flags, fastRegister << 8);
        }
        if (random.nextBoolean()) {
            mutateRing(qp, from);
        }
        if (random.nextInt(3) == 0) {
            receive(own ? peers[i] : qps[i], own);
        }
        qp.ring();
    }

    private void receive(TestQp qp, boolean isPeer) {
        qp.receive(isPeer ? Piece.of(peerRegion, 0, REGION_BYTES) : source());
        if (random.nextInt(6) == 0) {
            long slot = HostMemoryArea.at(qp.receives) + ((qp.receiveIndex - 1 & (1 << RECEIVE_LOG2) - 1) << 5);
            mutate(qp.host.all(), slot, 8);
        }
    }

    private TestMr anyOfMallorys() {
        return switch (random.nextInt(4)) {
            case 0 -> readOnly;
            case 1 -> otherPd;
            default -> region;
        };
    }

    private void mutateRing(TestQp qp, int from) {
        long slot = HostMemoryArea.at(qp.sends) + ((from & (1 << SEND_LOG2) - 1) << 5);
        mutate(qp.host.all(), slot, 16);
    }

    /** Another value in one of so many words. */
    private void mutate(MemorySegment memory, long offset, int words) {
        long at = offset + 4L * random.nextInt(words);
        if (at + 4 > memory.byteSize()) {
            return;
        }
        int old = memory.get(ValueLayout.JAVA_INT, at);
        memory.set(ValueLayout.JAVA_INT, at, switch (random.nextInt(5)) {
            case 0 -> random.nextInt();
            case 1 -> 0;
            case 2 -> -1;
            case 3 -> old + random.nextInt(5) - 2;
            default -> old ^ 1 << random.nextInt(32);
        });
    }

    private void doorbell() {
        TestQp qp = qps[random.nextInt(PAIRS)];
        long value = switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> SqDoorbell.compose(qp.qpn, qp.sendIndex + random.nextInt(100));
            case 2 -> RqDoorbell.compose(qp.qpn, qp.receiveIndex + random.nextInt(20));
            case 3 -> CqDoorbell.compose(random.nextInt(256), cq.cqn, true, random.nextBoolean(), random.nextInt(4),
                    random.nextInt(300));
            case 4 -> CqDoorbell.compose(random.nextInt(256), cq.cqn, false, false, 3, random.nextInt(300));
            default -> SqDoorbell.compose(random.nextInt(1 << 20), random.nextInt());
        };
        long page = switch (random.nextInt(5)) {
            case 0 -> random.nextInt(0x80);
            case 1, 2 -> 0x5F;
            case 3 -> 0x61;
            default -> 0x79;
        };
        mallory.write64((page << 12) + 8L * random.nextInt(512), value);
    }

    private void access() {
        int bar = random.nextInt(10) == 0 ? random.nextInt() : 2 * random.nextInt(2);
        long offset = random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(0x400);
        int size = 1 << random.nextInt(4);
        mallory.function.read(bar, offset, size);
        if (offset < Registers.DEV_CTRL - 8 || offset > Registers.DEV_CTRL) {
            if (offset < Registers.CMDQ_SQDB - 8 || offset > Registers.CMDQ_SQDB) {
                mallory.function.write(bar, offset, size, random.nextLong());
            }
        }
        mallory.unmaskAll();
    }

    private void command() {
        CommandOpcode opcode = CommandOpcode.values()[random.nextInt(CommandOpcode.values().length)];
        CommandBody valid = template(opcode);
        boolean changed = random.nextInt(3) > 0;
        int subModule = random.nextInt(200) == 0 ? random.nextInt(4) : opcode.subModule();
        int number = random.nextInt(200) == 0 ? random.nextInt(256) : opcode.opcode();
        mallory.send(subModule, number, (slot, offset) -> {
            valid.write(slot, offset);
            if (changed) {
                mutate(slot, offset + 8, 30);
            }
        });
        int syndrome = mallory.pollCommand();
        if (syndrome < 0) {
            throw new AssertionError("no answer to " + opcode);
        }
        commands.computeIfAbsent(opcode, key -> new int[2])[syndrome == 0 ? 0 : 1]++;
        if (opcode == CommandOpcode.ALLOC_DB && syndrome == 0) {
            pages = new int[]{ AllocDbResponse.sqPage(mallory.response), AllocDbResponse.rqPage(mallory.response),
                AllocDbResponse.cqPage(mallory.response) };
        }
    }

    private CommandBody template(CommandOpcode opcode) {
        TestQp qp = qps[random.nextInt(PAIRS)];
        int spare = 100 + random.nextInt(20);
        return switch (opcode) {
            case QUERY_DEVICE, QUERY_FW_INFO, SET_GID, CREATE_AH, DESTROY_AH, QUERY_QP -> CommandBody.EMPTY;
            case CONF_MTU -> (slot, offset) -> ConfMtu.setMtu(slot, offset, random.nextInt(10_000));
            case CONF_DEVICE -> (slot, offset) -> {
                ConfDevice.setPageShiftEnable(slot, offset, true);
                ConfDevice.setPageShift(slot, offset, 8 + random.nextInt(8));
            };
            case GET_STATS -> (slot, offset) -> {
                GetStats.setTargetAddress(slot, offset, region.address);
                GetStats.setTargetLength(slot, offset, GetStats.TARGET_BYTES);
            };
            case ALLOC_DB -> (slot, offset) -> {
                AllocDb.setSq(slot, offset, true);
                AllocDb.setRq(slot, offset, true);
                AllocDb.setCq(slot, offset, true);
            };
            case FREE_DB -> (slot, offset) -> {
                FreeDb.setSqPage(slot, offset, pages[0]);
                FreeDb.setRqPage(slot, offset, pages[1]);
                FreeDb.setCqPage(slot, offset, pages[2]);
            };
            case CREATE_EQ -> (slot, offset) -> {
                CreateEq.setRingAddress(slot, offset, region.address & -4096);
                CreateEq.setVector(slot, offset, 3);
                CreateEq.setEqn(slot, offset, 3 + random.nextInt(3));
                CreateEq.setLog2Depth(slot, offset, random.nextInt(6));
                CreateEq.setType(slot, offset, CreateEq.TYPE_CEQ);
                CreateEq.setDoorbellRecord(slot, offset, region.address & -8);
            };
            case DESTROY_EQ -> (slot, offset) -> DestroyEq.setEqn(slot, offset, 1 + random.nextInt(5));
            case CREATE_CQ -> (slot, offset) -> {
                CreateCq.setCqn(slot, offset, spare);
                CreateCq.setLog2Depth(slot, offset, random.nextInt(7));
                CreateCq.setPageShift(slot, offset, 12);
                CreateCq.setBufferAddress(slot, offset, region.address & -4096);
                CreateCq.setMttEntries(slot, offset, 1);
                CreateCq.setEqn(slot, offset, 1);
                CreateCq.setDoorbellRecord(slot, offset, cq.record);
            };
            case DESTROY_CQ -> (slot, offset) -> DestroyCq.setCqn(slot, offset, spare);
            case CREATE_QP -> (slot, offset) -> {
                createQp(slot, offset, qp);
                CreateQp.setQpn(slot, offset, spare);
            };
            case DESTROY_QP -> (slot, offset) -> DestroyQp.setQpn(slot, offset, spare);
            case MODIFY_QP -> (slot, offset) -> {
                ModifyQp.setQpn(slot, offset, random.nextInt(4) == 0 ? qp.qpn : spare);
                ModifyQp.setState(slot, offset, 2 + random.nextInt(4));
                ModifyQp.setSourceIpv4(slot, offset, mallory.ip);
                ModifyQp.setDestinationIpv4(slot, offset, random.nextInt());
            };
            case REFLUSH -> (slot, offset) -> {
                Reflush.setQpn(slot, offset, qp.qpn);
                Reflush.setSqProducerIndex(slot, offset, qp.sendIndex);
                Reflush.setRqProducerIndex(slot, offset, qp.receiveIndex);
            };
            case REG_MR -> random.nextInt(4) == 0 ? this::fastRegister : this::normal;
            case DEREG_MR -> (slot, offset) -> DeregMr.setMptIndex(slot, offset,
                    random.nextBoolean() ? fastRegister : 20 + random.nextInt(20));
        };
    }

    private void normal(MemorySegment slot, long offset) {
        RegMr.setMptIndex(slot, offset, 20 + random.nextInt(20));
        RegMr.setValid(slot, offset, true);
        RegMr.setPd(slot, offset, TestHost.PD);
        RegMr.setRights(slot, offset, 0x1F);
        RegMr.setStartAddress(slot, offset, random.nextInt(1 << 30) & -4096L);
        RegMr.setLengthLow(slot, offset, 4096);
        RegMr.setPageShift(slot, offset, 12);
        RegMr.setMttEntriesLow(slot, offset, 1);
        RegMr.setPage(slot, offset, 0, region.address & -4096);
    }

    private void fastRegister(MemorySegment slot, long offset) {
        RegMr.setMptIndex(slot, offset, fastRegister);
        RegMr.setPd(slot, offset, TestHost.PD);
        RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
        RegMr.setRights(slot, offset, AccessRights.ALL_BUT_ATOMIC);
        RegMr.setPageShift(slot, offset, 12);
        RegMr.setMttLevel(slot, offset, 1);
        RegMr.setMttEntriesLow(slot, offset, 16);
        RegMr.setTableAddress(slot, offset, region.address & -8);
    }

    private static void createQp(MemorySegment slot, long offset, TestQp qp) {
        CreateQp.setQpn(slot, offset, qp.qpn);
        CreateQp.setPd(slot, offset, TestHost.PD);
        CreateQp.setLog2SqDepth(slot, offset, qp.log2Sends);
        CreateQp.setLog2RqDepth(slot, offset, qp.log2Receives);
        CreateQp.setSqPageShift(slot, offset, 12);
        CreateQp.setRqPageShift(slot, offset, 12);
        CreateQp.setSqCqn(slot, offset, qp.sendCq.cqn);
        CreateQp.setRqCqn(slot, offset, qp.receiveCq.cqn);
        CreateQp.setSqBufferAddress(slot, offset, qp.sends);
        CreateQp.setRqBufferAddress(slot, offset, qp.receives);
        CreateQp.setSqMttEntries(slot, offset, 1);
        CreateQp.setRqMttEntries(slot, offset, 1);
        CreateQp.setSqDoorbellRecord(slot, offset, qp.sendRecord);
        CreateQp.setRqDoorbellRecord(slot, offset, qp.receiveRecord);
    }

    private void collect() {
        for (TestCq queue : List.of(cq, peerCq)) {
            for (TestCq.Completion next = queue.poll(); next != null; next = queue.poll()) {
                syndromes.add(next.syndrome());
                if (next.opcode() >= CqeOpcode.COUNT) {
                    throw new AssertionError("opcode of " + next);
                }
            }
        }
        for (TestHost host : List.of(mallory, peer)) {
            boolean any = false;
            for (TestHost.Event event = host.errorEvents.takeError(); event != null; event = host.errorEvents
                    .takeError()) {
                events.add(event.type());
                any = true;
            }
            if (any) {
                host.errorEvents.arm();
            }
        }
    }

    Set<Integer> syndromes() {
        return syndromes;
    }

    Set<Integer> events() {
        return events;
    }

    Set<CommandOpcode> commandsNeverRefused() {
        Set<CommandOpcode> all = EnumSet.allOf(CommandOpcode.class);
        // there is no field in them that could be wrong
        all.remove(CommandOpcode.QUERY_DEVICE);
        all.remove(CommandOpcode.QUERY_FW_INFO);
        all.removeIf(opcode -> commands.getOrDefault(opcode, new int[2])[1] > 0);
        return all;
    }

    Set<CommandOpcode> commandsNeverDone() {
        Set<CommandOpcode> all = EnumSet.complementOf(
                EnumSet.of(CommandOpcode.SET_GID, CommandOpcode.CREATE_AH, CommandOpcode.DESTROY_AH,
                        CommandOpcode.QUERY_QP));
        all.removeIf(opcode -> commands.getOrDefault(opcode, new int[2])[0] > 0);
        return all;
    }

    List<ModelCounter> countersAtZero() {
        List<ModelCounter> zero = new ArrayList<>();
        for (ModelCounter counter : ModelCounter.values()) {
            if (counter != ModelCounter.FAULTS && counter != ModelCounter.REFUSED_INITS
                    && counter != ModelCounter.EVENTS_KEPT_BACK
                    && mallory.function.counter(counter) + peer.function.counter(counter) == 0) {
                zero.add(counter);
            }
        }
        return zero;
    }

    String report() {
        StringBuilder text = new StringBuilder(
                "lives " + lives + ", syndromes " + syndromes + ", events " + events + ", commands done/refused");
        commands.forEach((opcode, counts) -> text.append(' ').append(opcode).append(' ').append(counts[0]).append('/')
                .append(counts[1]));
        for (ModelCounter counter : ModelCounter.values()) {
            text.append(", ").append(counter).append(' ').append(mallory.function.counter(counter));
        }
        return text.toString();
    }

    @Override
    public void close() {
        card.close();
    }
}
