package io.erdma.model.device;

import io.erdma.hw.IwarpQpState;
import io.erdma.hw.cmd.AllocDb;
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
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** Requests of all commands that a good driver could send, over a few numbers and over the memory of the playground. */
final class CommandTemplates {
    private static final int SPARE_QUEUES = 100;
    private static final int SPARE_REGIONS = 20;
    private static final int SPARES = 16;

    private final GarbageTenant tenant;
    private final SplittableRandom random;
    /** SQ, RQ and CQ page of the context made last. */
    int[] pages = { 1, 0x62, 0x7A };

    CommandTemplates(GarbageTenant tenant, SplittableRandom random) {
        this.tenant = tenant;
        this.random = random;
    }

    /** Number of a queue that only commands make. */
    int spare() {
        return SPARE_QUEUES + random.nextInt(SPARES);
    }

    private int spareRegion() {
        return SPARE_REGIONS + random.nextInt(SPARES);
    }

    private long page() {
        if (random.nextInt(16) == 0) {
            return fleeting();
        }
        return Playground.BASE + (random.nextInt((int) Playground.PAGES - 4) << 12);
    }

    private long fleeting() {
        return tenant.playground.fleeting(GarbagePairs.FLEETING).address;
    }

    private long table() {
        return random.nextInt(4) == 0 ? fleeting() + FleetingMemory.TABLE : Playground.TABLE;
    }

    private long record() {
        return Playground.BASE + 8L * random.nextInt(512);
    }

    /** Bytes of a request that mean something, the header included. */
    static int bytes(CommandOpcode opcode) {
        return switch (opcode) {
            case QUERY_DEVICE, QUERY_FW_INFO, QUERY_QP, DESTROY_QP, DESTROY_CQ, DEREG_MR, CONF_MTU, CONF_DEVICE,
                    ALLOC_DB ->
                12;
            case CREATE_QP -> 120;
            case MODIFY_QP -> 36;
            case CREATE_CQ -> 40;
            case REFLUSH, DESTROY_EQ, FREE_DB -> 20;
            case REG_MR -> 64;
            case SET_GID, CREATE_EQ, GET_STATS -> 28;
            case CREATE_AH -> 52;
            case DESTROY_AH -> 16;
        };
    }

    /** Where in a request there are addresses. */
    static int[] addresses(CommandOpcode opcode) {
        return switch (opcode) {
            case CREATE_QP -> new int[]{ 24, 32, 48, 56, 64, 72, 88, 96 };
            case CREATE_CQ -> new int[]{ 12, 24 };
            case REG_MR -> new int[]{ 16, 32, 40, 48, 56 };
            case CREATE_EQ -> new int[]{ 8, 20 };
            case GET_STATS -> new int[]{ 16 };
            default -> new int[0];
        };
    }

    CommandBody of(CommandOpcode opcode) {
        return switch (opcode) {
            case QUERY_DEVICE, QUERY_FW_INFO, SET_GID, CREATE_AH, DESTROY_AH, QUERY_QP -> CommandBody.EMPTY;
            case CONF_MTU -> (slot, offset) -> ConfMtu.setMtu(slot, offset, 68 + random.nextInt(9000));
            case CONF_DEVICE -> (slot, offset) -> {
                ConfDevice.setPageShiftEnable(slot, offset, true);
                ConfDevice.setPageShift(slot, offset, 12 + random.nextInt(8));
            };
            case GET_STATS -> (slot, offset) -> {
                GetStats.setTargetAddress(slot, offset, page());
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
            case CREATE_EQ -> this::createEq;
            case DESTROY_EQ -> (slot, offset) -> DestroyEq.setEqn(slot, offset, 1 + random.nextInt(5));
            case CREATE_CQ -> this::createCq;
            case DESTROY_CQ -> (slot, offset) -> DestroyCq.setCqn(slot, offset, spare());
            case CREATE_QP -> this::createQp;
            case DESTROY_QP -> (slot, offset) -> DestroyQp.setQpn(slot, offset,
                    random.nextInt(8) == 0 ? anyPair().qpn : spare());
            case MODIFY_QP -> this::modifyQp;
            case REFLUSH -> this::reflush;
            case REG_MR -> this::registerMr;
            case DEREG_MR -> (slot, offset) -> DeregMr.setMptIndex(slot, offset,
                    random.nextInt(8) == 0 ? tenant.fastRegister : spareRegion());
        };
    }

    private TestQp anyPair() {
        return tenant.pairs.own(random.nextInt(GarbagePairs.COUNT));
    }

    private void createEq(MemorySegment slot, long offset) {
        CreateEq.setRingAddress(slot, offset, page());
        CreateEq.setVector(slot, offset, 3);
        CreateEq.setEqn(slot, offset, 3 + random.nextInt(3));
        CreateEq.setLog2Depth(slot, offset, random.nextInt(6));
        CreateEq.setType(slot, offset, CreateEq.TYPE_CEQ);
        CreateEq.setDoorbellRecord(slot, offset, record());
    }

    private void createCq(MemorySegment slot, long offset) {
        CreateCq.setCqn(slot, offset, spare());
        boolean table = random.nextBoolean();
        CreateCq.setLog2Depth(slot, offset, random.nextInt(table ? 9 : 8));
        CreateCq.setPageShift(slot, offset, 12);
        CreateCq.setMttLevel(slot, offset, table ? 1 : 0);
        CreateCq.setMttEntries(slot, offset, table ? 2 : 1);
        CreateCq.setBufferAddress(slot, offset, table ? table() : page());
        CreateCq.setEqn(slot, offset, 1 + random.nextInt(4));
        CreateCq.setDoorbellRecord(slot, offset, record());
        if (random.nextInt(4) == 0) {
            CreateCq.setExtendedDoorbell(slot, offset, true);
            CreateCq.setDoorbellPage(slot, offset, pages[2]);
        }
    }

    private void createQp(MemorySegment slot, long offset) {
        GarbagePairs.createQp(slot, offset, anyPair());
        CreateQp.setQpn(slot, offset, spare());
        CreateQp.setSqCqn(slot, offset, random.nextInt(4) == 0 ? spare() : GarbagePairs.SPARE_CQN);
        CreateQp.setRqCqn(slot, offset, GarbagePairs.SPARE_CQN);
        CreateQp.setSqBufferAddress(slot, offset, page());
        CreateQp.setRqBufferAddress(slot, offset, page());
        CreateQp.setSqDoorbellRecord(slot, offset, record());
        CreateQp.setRqDoorbellRecord(slot, offset, record());
        switch (random.nextInt(4)) {
            case 0 -> {
                CreateQp.setSqMttLevel(slot, offset, 1);
                CreateQp.setSqMttEntries(slot, offset, 4);
                CreateQp.setSqBufferAddress(slot, offset, table());
                CreateQp.setLog2SqDepth(slot, offset, 9);
            }
            case 1 -> {
                CreateQp.setRqMttEntries(slot, offset, 2);
                CreateQp.setRqMtt(slot, offset, 1, page());
                CreateQp.setLog2RqDepth(slot, offset, 8);
            }
            case 2 -> {
                CreateQp.setExtendedDoorbell(slot, offset, true);
                CreateQp.setSqDoorbellPage(slot, offset, pages[0]);
                CreateQp.setRqDoorbellPage(slot, offset, pages[1]);
            }
            default -> {
            }
        }
    }

    private void modifyQp(MemorySegment slot, long offset) {
        boolean toRts = random.nextBoolean();
        ModifyQp.setQpn(slot, offset, random.nextInt(4) == 0 ? anyPair().qpn : spare());
        ModifyQp.setState(slot, offset, toRts ? IwarpQpState.RTS.number() : 3 + random.nextInt(3));
        ModifyQp.setCongestionControl(slot, offset, random.nextInt(5));
        ModifyQp.setSourceIpv4(slot, offset, tenant.host.ip);
        ModifyQp.setDestinationIpv4(slot, offset, random.nextBoolean() ? tenant.peer.ip : tenant.host.ip);
        ModifyQp.setSourcePort(slot, offset, random.nextInt(4));
        ModifyQp.setDestinationPort(slot, offset, random.nextInt(4));
    }

    private void reflush(MemorySegment slot, long offset) {
        TestQp qp = anyPair();
        Reflush.setQpn(slot, offset, qp.qpn);
        Reflush.setSqProducerIndex(slot, offset, qp.sendIndex);
        Reflush.setRqProducerIndex(slot, offset, qp.receiveIndex);
    }

    private void registerMr(MemorySegment slot, long offset) {
        switch (random.nextInt(8)) {
            case 0 -> {
                tenant.fastRegister(slot, offset);
                RegMr.setTableAddress(slot, offset, table());
            }
            case 1 -> {
                RegMr.setType(slot, offset, RegMr.TYPE_DMA);
                RegMr.setMptIndex(slot, offset, spareRegion());
                RegMr.setPageShift(slot, offset, RegMr.DMA_PAGE_SHIFT);
                RegMr.setPd(slot, offset, TestHost.PD);
                RegMr.setRights(slot, offset, random.nextInt(32));
            }
            default -> normalMr(slot, offset, random.nextInt(4), 1 + random.nextInt(3));
        }
    }

    private void normalMr(MemorySegment slot, long offset, int level, int entries) {
        RegMr.setMptIndex(slot, offset, spareRegion());
        RegMr.setValid(slot, offset, true);
        RegMr.setPd(slot, offset, TestHost.PD);
        RegMr.setRights(slot, offset, 0x1F);
        RegMr.setStartAddress(slot, offset, random.nextInt(1 << 30) & -4096L);
        RegMr.setLengthLow(slot, offset, 4096L * entries - random.nextInt(4096));
        RegMr.setPageShift(slot, offset, 12);
        RegMr.setMttEntriesLow(slot, offset, entries);
        RegMr.setMttLevel(slot, offset, level);
        if (level >= 1 && random.nextBoolean() || level >= 2) {
            RegMr.setVersion(slot, offset, RegMr.VERSION_WIDE);
        }
        if (level >= 2) {
            RegMr.setMttPageShift(slot, offset, 12);
        }
        switch (level) {
            case 0 -> {
                for (int i = 0; i < entries; i++) {
                    RegMr.setPage(slot, offset, i, page());
                }
            }
            case 1 -> RegMr.setTableAddress(slot, offset, table());
            case 2 -> RegMr.setTableAddress(slot, offset, Playground.LEVEL_2);
            default -> RegMr.setTableAddress(slot, offset, Playground.LEVEL_3);
        }
    }
}
