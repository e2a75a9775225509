package io.erdma.model.device;

import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.hw.AccessRights;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Ceqe;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.IwarpQpState;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.RingIndex;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.DestroyEq;
import io.erdma.hw.cmd.ModifyQp;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.GuestFunction;
import io.erdma.model.Vport;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.model.spec.Ipv4;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A driver by hand: brings a function up, sends commands and polls for them, takes events. Fills what Linux leaves unset with garbage. */
final class TestHost implements AutoCloseable {
    static final int COMMAND_DEPTH = 64;
    static final int EQ_DEPTH = 16;
    static final int PD = 1;
    private static final CommandBody NOTHING_ELSE = (slot, offset) -> {};
    static final long MEMORY_BYTES = 6 << 20;

    final TestCard card;
    final FunctionSpec spec;
    final DmaSpace space;
    final HostMemoryArea memory;
    /** Null for a host behind a bus that is not ours. */
    final ErdmaFunction function;
    private final FunctionModel bus;
    final int ip;
    final List<Integer> interrupts = Collections.synchronizedList(new ArrayList<>());
    Runnable onInterrupt = () -> {};
    /** What is done while a command is not answered yet. */
    Runnable whileWaiting = Thread::yield;

    long commandSends;
    long commandCompletions;
    long commandSendRecord;
    long commandCompletionRecord;
    TestEvents commandEvents;
    TestEvents errorEvents;
    final List<TestEvents> completionEvents = new ArrayList<>();
    int commandIndex;
    private int completionIndex;
    CommandResponse response = CommandResponse.NONE;
    private int nextQpn = 1;
    private int nextCqn = 1;
    int nextMr = 1;
    int nextPort = 5000;

    /** An EQ in host memory. */
    record TestEvents(TestHost host, long ring, long record, int doorbell, int[] index) {
        /** The next CEQE's CQN, or −1. */
        int takeCompletion() {
            long offset = slot();
            long entry = Ceqe.load(host.memory.all(), offset);
            if (!RingIndex.valid(Ceqe.owner(entry), index[0], EQ_DEPTH)) {
                return -1;
            }
            index[0]++;
            return Ceqe.cqn(entry);
        }

        /** The next AEQE, or null. */
        Event takeError() {
            long offset = slot();
            int header = Aeqe.load(host.memory.all(), offset);
            if (!RingIndex.valid(Aeqe.owner(header), index[0], EQ_DEPTH)) {
                return null;
            }
            index[0]++;
            return new Event(Aeqe.type(header), Aeqe.subtype(header), Aeqe.data0(host.memory.all(), offset));
        }

        private long slot() {
            return HostMemoryArea.at(ring) + RingIndex.offset(index[0], EQ_DEPTH, Aeqe.SHIFT);
        }

        void arm() {
            long value = EqDoorbell.compose(true, index[0] & 0xFFFF);
            DoorbellRecord.store(host.memory.all(), HostMemoryArea.at(record), value);
            host.write64(doorbell, value);
        }
    }

    record Event(int type, int subtype, int number) {}

    TestHost(TestCard card, FunctionSpec spec, FunctionSite site, int ip) {
        this.card = card;
        this.spec = spec;
        this.ip = ip;
        this.space = new DmaSpace(card.domain);
        space.setBusMaster(true);
        this.memory = new HostMemoryArea(space, MEMORY_BYTES);
        this.function = new ErdmaFunction(spec, "0000:00:05.0", site, card.execution);
        this.bus = function;
        function.attach(space, vector -> {
            interrupts.add(vector);
            onInterrupt.run();
        });
    }

    /** A host on a vport of a whole card; its function is set up, with two completion EQs. */
    TestHost(Vport vport) {
        this.card = null;
        this.spec = FunctionSpec.defaults();
        this.ip = Ipv4.bits(vport.spec().addresses().getFirst());
        GuestFunction guest = vport.addGuestFunction(spec, vector -> {
            interrupts.add(vector);
            onInterrupt.run();
        });
        this.space = guest.memory();
        space.setBusMaster(true);
        this.memory = new HostMemoryArea(space, MEMORY_BYTES);
        this.function = (ErdmaFunction) guest.model();
        this.bus = function;
        boot(2);
    }

    /** A host that reaches its function by messages of a bus; its memory is mapped there already. Its function is set up, with two completion EQs. */
    TestHost(FunctionModel bus, HostMemoryArea memory, FunctionSpec spec, int ip) {
        this.card = null;
        this.spec = spec;
        this.ip = ip;
        this.space = null;
        this.memory = memory;
        this.function = null;
        this.bus = bus;
        boot(2);
    }

    void write32(int offset, int value) {
        bus.write(PciIds.FUNCTION_BAR, offset, 4, value & 0xFFFF_FFFFL);
    }

    void write64(long offset, long value) {
        bus.write(PciIds.FUNCTION_BAR, offset, 8, value);
    }

    int read32(int offset) {
        return (int) bus.read(PciIds.FUNCTION_BAR, offset, 4);
    }

    void unmaskAll() {
        for (int vector = 0; vector < spec.vectors(); vector++) {
            bus.write(PciIds.MSIX_BAR, vector * 16L + 12, 4, 0);
        }
    }

    TestEvents events(int doorbell) {
        return new TestEvents(this, memory.take(EQ_DEPTH * Aeqe.BYTES, 4096), memory.take(8, 8), doorbell, new int[1]);
    }

    private void address(int low, long value) {
        write32(low + 4, (int) (value >>> 32));
        write32(low, (int) value);
    }

    void boot(int eqs) {
        errorEvents = events(Registers.AEQ_DB);
        commandEvents = events(Registers.CEQ_DB);
        commandSends = memory.take(COMMAND_DEPTH * 32, 4096);
        commandCompletions = memory.take(COMMAND_DEPTH * 32, 4096);
        commandSendRecord = memory.take(8, 8);
        commandCompletionRecord = memory.take(8, 8);
        commandIndex = 0;
        completionIndex = 0;
        completionEvents.clear();
        unmaskAll();
        nameQueues();
        write32(Registers.DEV_CTRL, Registers.DEV_CTRL_INIT);
        for (int eqn = 1; eqn <= eqs && initialized(); eqn++) {
            createEq(eqn);
        }
    }

    /** Writes the registers of the queues that {@link #boot} has made. */
    void nameQueues() {
        address(Registers.AEQ_ADDR_L, errorEvents.ring);
        write32(Registers.AEQ_DEPTH, EQ_DEPTH);
        write64(Registers.AEQ_DB_HOST_ADDR, errorEvents.record);
        address(Registers.CMDQ_SQ_ADDR_L, commandSends);
        write32(Registers.CMDQ_DEPTH, COMMAND_DEPTH);
        write64(Registers.CMDQ_SQ_DB_HOST_ADDR, commandSendRecord);
        address(Registers.CMDQ_CQ_ADDR_L, commandCompletions);
        write64(Registers.CMDQ_CQ_DB_HOST_ADDR, commandCompletionRecord);
        address(Registers.CMDQ_EQ_ADDR_L, commandEvents.ring);
        write32(Registers.CMDQ_EQ_DEPTH, EQ_DEPTH);
        write64(Registers.CMDQ_EQ_DB_HOST_ADDR, commandEvents.record);
    }

    boolean initialized() {
        return (read32(Registers.DEV_ST) & Registers.DEV_ST_INIT_DONE) != 0;
    }

    int createEq(int eqn) {
        TestEvents events = events(Registers.ceqDoorbell(eqn));
        completionEvents.add(events);
        return createEq(eqn, events, NOTHING_ELSE);
    }

    /** CREATE_EQ with some fields changed. */
    int createEq(int eqn, TestEvents events, CommandBody change) {
        return command(CommandOpcode.CREATE_EQ, (slot, offset) -> {
            CreateEq.setRingAddress(slot, offset, events.ring);
            CreateEq.setVector(slot, offset, eqn);
            CreateEq.setEqn(slot, offset, eqn);
            CreateEq.setLog2Depth(slot, offset, 4);
            CreateEq.setType(slot, offset, CreateEq.TYPE_CEQ);
            CreateEq.setDoorbellRecord(slot, offset, events.record);
            change.write(slot, offset);
        });
    }

    int destroyEq(int eqn) {
        return command(CommandOpcode.DESTROY_EQ, (slot, offset) -> {
            DestroyEq.setVector(slot, offset, eqn);
            DestroyEq.setEqn(slot, offset, eqn);
            DestroyEq.setType(slot, offset, CreateEq.TYPE_CEQ);
        });
    }

    /** Sends a command; the doorbell too. */
    void send(int subModule, int opcode, CommandBody body) {
        long slot = commandSlot();
        memory.all().asSlice(slot, CommandHeader.COMMAND_BYTES).fill((byte) 0);
        body.write(memory.all(), slot);
        sendRaw(CommandHeader.compose(CommandHeader.COMMAND_WQEBBS, 7, subModule, opcode,
                RingIndex.advance16(commandIndex, CommandHeader.COMMAND_WQEBBS)));
    }

    /** Offset in {@link #all()} of the next command. */
    long commandSlot() {
        return HostMemoryArea.at(commandSends) + RingIndex.offset(commandIndex, COMMAND_DEPTH, 5);
    }

    /** Sends what is in the slot under any header. */
    void sendRaw(long header) {
        CommandHeader.store(memory.all(), commandSlot(), header);
        commandIndex = RingIndex.advance16(commandIndex, CommandHeader.COMMAND_WQEBBS);
        long doorbell = CmdSqDoorbell.compose(commandIndex);
        DoorbellRecord.store(memory.all(), HostMemoryArea.at(commandSendRecord), doorbell);
        write64(Registers.CMDQ_SQDB, doorbell);
    }

    /** The syndrome of the next command completion, or −1. */
    int pollCommand() {
        long offset = HostMemoryArea.at(commandCompletions)
                + RingIndex.offset(completionIndex, COMMAND_DEPTH, CommandCqe.SHIFT);
        int header = CommandCqe.load(memory.all(), offset);
        if (!RingIndex.valid(CommandCqe.owner(header), completionIndex, COMMAND_DEPTH)) {
            return -1;
        }
        completionIndex++;
        response = CommandCqe.response(memory.all(), offset);
        return CommandCqe.syndrome(header);
    }

    int command(CommandOpcode opcode, CommandBody body) {
        return command(opcode.subModule(), opcode.opcode(), body);
    }

    int command(int subModule, int opcode, CommandBody body) {
        send(subModule, opcode, body);
        int syndrome = pollCommand();
        while (syndrome < 0) {
            whileWaiting.run();
            syndrome = pollCommand();
        }
        return syndrome;
    }

    int armCount;

    void armCommands(int cmdsn) {
        long value = CqDoorbell.compose(armCount++, 0, true, false, cmdsn, completionIndex);
        DoorbellRecord.store(memory.all(), HostMemoryArea.at(commandCompletionRecord), value);
        write64(Registers.CMDQ_CQDB, value);
    }

    TestCq cq(int log2Depth) {
        return cq(log2Depth, 1);
    }

    TestCq cq(int log2Depth, int eqn) {
        TestCq cq = new TestCq(this, nextCqn++, log2Depth);
        int syndrome = createCq(cq, eqn);
        if (syndrome != 0) {
            throw new IllegalStateException("CREATE_CQ: " + syndrome);
        }
        return cq;
    }

    int createCq(TestCq cq, int eqn) {
        return createCq(cq, eqn, NOTHING_ELSE);
    }

    /** CREATE_CQ with some fields changed. */
    int createCq(TestCq cq, int eqn, CommandBody change) {
        return command(CommandOpcode.CREATE_CQ, (slot, offset) -> {
            CreateCq.setCqn(slot, offset, cq.cqn);
            CreateCq.setLog2Depth(slot, offset, cq.log2Depth);
            CreateCq.setPageShift(slot, offset, 25);
            CreateCq.setBufferAddress(slot, offset, cq.ring);
            CreateCq.setMttEntries(slot, offset, 1);
            CreateCq.setEqn(slot, offset, eqn);
            CreateCq.setDoorbellRecord(slot, offset, cq.record);
            change.write(slot, offset);
        });
    }

    TestQp qp(TestCq cq) {
        return qp(cq, cq, 7, 5);
    }

    TestQp qp(TestCq sends, TestCq receives, int log2Sends, int log2Receives) {
        TestQp qp = new TestQp(this, nextQpn++, sends, receives, log2Sends, log2Receives);
        int syndrome = createQp(qp);
        if (syndrome != 0) {
            throw new IllegalStateException("CREATE_QP: " + syndrome);
        }
        return qp;
    }

    int createQp(TestQp qp) {
        return createQp(qp, NOTHING_ELSE);
    }

    /** CREATE_QP with some fields changed. */
    int createQp(TestQp qp, CommandBody change) {
        return command(CommandOpcode.CREATE_QP, (slot, offset) -> {
            CreateQp.setQpn(slot, offset, qp.qpn);
            CreateQp.setPd(slot, offset, PD);
            CreateQp.setLog2SqDepth(slot, offset, qp.log2Sends);
            CreateQp.setLog2RqDepth(slot, offset, qp.log2Receives);
            CreateQp.setSqPageShift(slot, offset, 20);
            CreateQp.setRqPageShift(slot, offset, 20);
            CreateQp.setSqCqn(slot, offset, qp.sendCq.cqn);
            CreateQp.setRqCqn(slot, offset, qp.receiveCq.cqn);
            CreateQp.setSqBufferAddress(slot, offset, qp.sends);
            CreateQp.setRqBufferAddress(slot, offset, qp.receives);
            CreateQp.setSqMttEntries(slot, offset, 1);
            CreateQp.setRqMttEntries(slot, offset, 1);
            CreateQp.setSqDoorbellRecord(slot, offset, qp.sendRecord);
            CreateQp.setRqDoorbellRecord(slot, offset, qp.receiveRecord);
            // what [6.12] leaves as it is, and db_cfg without the flag
            CreateQp.setQpType(slot, offset, 0xF);
            CreateQp.setSqDoorbellPage(slot, offset, 0xDEAD);
            change.write(slot, offset);
        });
    }

    int modify(TestQp qp, IwarpQpState state) {
        return command(CommandOpcode.MODIFY_QP, (slot, offset) -> {
            slot.asSlice(offset + 12, 28).fill((byte) 0xA5);
            ModifyQp.setQpn(slot, offset, qp.qpn);
            ModifyQp.setState(slot, offset, state.number());
        });
    }

    int connect(TestQp qp, FourTuple flow) {
        return connect(qp, flow, NOTHING_ELSE);
    }

    /** MODIFY_QP to RTS with some fields changed. */
    int connect(TestQp qp, FourTuple flow, CommandBody change) {
        return command(CommandOpcode.MODIFY_QP, (slot, offset) -> {
            ModifyQp.setQpn(slot, offset, qp.qpn);
            ModifyQp.setState(slot, offset, IwarpQpState.RTS.number());
            ModifyQp.setCongestionControl(slot, offset, 1);
            ModifyQp.setSourceIpv4(slot, offset, flow.source());
            ModifyQp.setSourcePort(slot, offset, flow.sourcePort());
            ModifyQp.setDestinationIpv4(slot, offset, flow.destination());
            ModifyQp.setDestinationPort(slot, offset, flow.destinationPort());
            change.write(slot, offset);
        });
    }

    /** Joins two QPs, of two hosts or one. */
    static void join(TestQp a, TestQp b) {
        FourTuple flow = new FourTuple(a.host.ip, a.host.nextPort++, b.host.ip,
                b.host == a.host ? a.host.nextPort++ : b.host.nextPort++);
        if (a.host.connect(a, flow) != 0 || b.host.connect(b, flow.mirrored()) != 0) {
            throw new IllegalStateException("MODIFY_QP to RTS");
        }
    }

    /** A region of fresh memory, all rights. */
    TestMr mr(long bytes) {
        return mr(bytes, AccessRights.ALL_BUT_ATOMIC | AccessRights.REMOTE_ATOMIC);
    }

    TestMr mr(long bytes, int rights) {
        TestMr mr = new TestMr(this, nextMr++, 0x5A, memory.take(bytes, 64), bytes);
        int syndrome = register(mr, rights, PD);
        if (syndrome != 0) {
            throw new IllegalStateException("REG_MR: " + syndrome);
        }
        return mr;
    }

    /** A region of all memory, as Linux asks for it: without the valid bit, and with garbage where it sets nothing. */
    int registerAll(int index, int key, int rights) {
        return command(CommandOpcode.REG_MR, (slot, offset) -> {
            slot.asSlice(offset + 16, 48).fill((byte) 0xFF);
            RegMr.setMptIndex(slot, offset, index);
            RegMr.setKey(slot, offset, key);
            RegMr.setPd(slot, offset, PD);
            RegMr.setType(slot, offset, RegMr.TYPE_DMA);
            RegMr.setRights(slot, offset, rights);
            RegMr.setPageShift(slot, offset, RegMr.DMA_PAGE_SHIFT);
            RegMr.setMttEntriesLow(slot, offset, 0);
        });
    }

    int register(TestMr mr, int rights, int pd) {
        return command(CommandOpcode.REG_MR, (slot, offset) -> {
            RegMr.setMptIndex(slot, offset, mr.index);
            RegMr.setKey(slot, offset, mr.key);
            RegMr.setValid(slot, offset, true);
            RegMr.setPd(slot, offset, pd);
            RegMr.setType(slot, offset, RegMr.TYPE_NORMAL);
            RegMr.setRights(slot, offset, rights);
            RegMr.setStartAddress(slot, offset, mr.va());
            RegMr.setLengthLow(slot, offset, mr.bytes);
            RegMr.setPageShift(slot, offset, 20);
            RegMr.setMttLevel(slot, offset, 0);
            long page = mr.address & -(1L << 20);
            long pages = ((mr.address + mr.bytes - 1) >>> 20) - (mr.address >>> 20) + 1;
            RegMr.setMttEntriesLow(slot, offset, (int) pages);
            for (int i = 0; i < pages; i++) {
                RegMr.setPage(slot, offset, i, page + ((long) i << 20));
            }
        });
    }

    MemorySegment all() {
        return memory.all();
    }

    @Override
    public void close() {
        bus.reset();
        memory.close();
    }
}
