package io.erdma.model.device;

import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.model.device.GarbageReport.Entry;
import io.erdma.model.device.GarbageReport.Form;
import java.util.SplittableRandom;

/** Reads and writes BARs of any number at any offset in any size, and brings functions up with queues that can't be. */
final class GarbageRegisters {
    private static final int[] SIZES = { 1, 2, 4, 8 };
    private static final int[] ODD_SIZES = { 0, -1, 3, 5, 12, 16, 64, Integer.MAX_VALUE, Integer.MIN_VALUE };
    private static final int[] LIVE = { Registers.DEV_CTRL, Registers.AEQ_DB, Registers.CEQ_DB, Registers.CMDQ_SQDB,
        Registers.CMDQ_CQDB };

    private final GarbageTenant tenant;
    private final SplittableRandom random;
    private final FieldMutation mutation;
    private final long[] edges;

    GarbageRegisters(GarbageTenant tenant, SplittableRandom random, FieldMutation mutation) {
        this.tenant = tenant;
        this.random = random;
        this.mutation = mutation;
        this.edges = new long[]{ -8, -4, -1, Registers.END - 8, Registers.END - 4, Registers.END - 1, Registers.END,
            0xFF8, 0xFFC, 0xFFF, 0x1000, 0x1001, 0x1004, 0x5F004, 0x60FFC, tenant.host.spec.barBytes() - 8,
            tenant.host.spec.barBytes() - 4, tenant.host.spec.barBytes() - 1, tenant.host.spec.barBytes(),
            MsixTable.PBA_OFFSET, MsixTable.PBA_OFFSET + 4, MsixTable.PBA_OFFSET - 4, MsixTable.BYTES - 4,
            MsixTable.BYTES, 1L << 31, 1L << 32, (1L << 32) + Registers.DEV_ST, 1L << 44, Long.MIN_VALUE,
            Long.MIN_VALUE + 0x14, Long.MAX_VALUE, Long.MAX_VALUE - 3, Long.MAX_VALUE - 7 };
    }

    /** One access. */
    void access() {
        int bar = random.nextBoolean() ? PciIds.FUNCTION_BAR : PciIds.MSIX_BAR;
        int size = random.nextBoolean() ? 4 : 8;
        long offset = (long) random.nextInt(bar == PciIds.MSIX_BAR ? 0x820 : Registers.END) & -size;
        long value = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(2);
        Form form = Form.ONE_FIELD_MUTATED;
        switch (random.nextInt(10)) {
            case 0, 1 -> form = Form.VALID;
            case 2 -> {
                form = Form.RANDOM;
                bar = random.nextInt();
                offset = random.nextLong();
                size = SIZES[random.nextInt(4)];
                value = random.nextLong();
            }
            case 3 -> bar = random.nextInt(7) - 1;
            case 4 -> size = SIZES[random.nextInt(4)];
            case 5 -> size = ODD_SIZES[random.nextInt(ODD_SIZES.length)];
            case 6, 7 -> offset = edges[random.nextInt(edges.length)];
            default -> offset = mutation.bits(offset, random.nextBoolean() ? 12 : 64);
        }
        tenant.report.entry(Entry.REGISTER, form);
        tenant.host.function.read(bar, offset, size);
        if (bar != PciIds.FUNCTION_BAR || !isLive(offset, size)) {
            tenant.host.function.write(bar, offset, size, value);
        } else if (offset == Registers.DEV_CTRL) {
            // RESET ends a life; INIT is refused meanwhile
            tenant.host.function.write(bar, offset, size, value & ~Registers.DEV_CTRL_RESET);
        }
        if (random.nextInt(16) == 0) {
            tenant.host.unmaskAll();
        }
    }

    /** Whether a write could make the command queue or the AEQ lose count: {@link GarbageDoorbells#event} and the last deeds do that. */
    private static boolean isLive(long offset, int size) {
        for (int register : LIVE) {
            if (offset <= register && register < offset + Math.max(size, 1)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a life ends with at times: any value in one of the registers that it hangs on.
     */
    void lastDeed() {
        TestHost host = tenant.host;
        switch (random.nextInt(5)) {
            case 0 -> {
                tenant.report.deed("bus mastering turned off");
                host.space.setBusMaster(false);
                ringAll();
                host.space.setBusMaster(true);
            }
            case 1 -> {
                tenant.report.deed("DEV_CTRL");
                host.write32(Registers.DEV_CTRL, random.nextInt());
            }
            case 2 -> {
                tenant.report.deed("command completions reported");
                for (int i = 0; i < 70 && host.initialized(); i++) {
                    host.write64(Registers.CMDQ_CQDB, random.nextLong() & ~(1L << 31));
                    host.write64(Registers.CMDQ_SQDB, host.commandIndex + 4L * i);
                }
            }
            default -> {
                tenant.report.deed("doorbells of the command queue and AEQ");
                for (int i = 0; i < 20; i++) {
                    host.write64(LIVE[1 + random.nextInt(4)], random.nextLong());
                }
            }
        }
    }

    /** Doorbells of all queues, valid or not; the device may be reset. */
    void ringAll() {
        for (int i = 0; i < GarbagePairs.COUNT; i++) {
            TestQp qp = tenant.pairs.own(i);
            long news = (long) qp.qpn << 32;
            tenant.host.write64(0x5F000, news | qp.sendIndex + 1 & 0xFFFF);
            tenant.host.write64(0x61000, news | qp.receiveIndex + 1 & 0xFFFF);
            tenant.host.write64(0x79000, 1L << 56 * (i & 1) | (long) i << 32 | 1L << 31);
        }
        for (int register : LIVE) {
            if (register != Registers.DEV_CTRL) {
                tenant.host.write64(register, 1L << 31 | 4);
            }
        }
    }

    /** After a reset: an INIT with one field of the queues' registers mutated, which is refused or works; then a reset. */
    void badInit() {
        TestHost host = tenant.host;
        host.nameQueues();
        int register = 0x20 + 4 * random.nextInt(0x18);
        tenant.report.entry(Entry.REGISTER, Form.ONE_FIELD_MUTATED);
        host.write32(register, (int) mutation.bits(host.read32(register) & 0xFFFF_FFFFL, 32));
        host.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_INIT);
        tenant.report.deed(host.initialized() ? "mutated INIT taken" : "mutated INIT refused");
        ringAll();
        host.write32(Registers.DEV_CTRL, Registers.DEV_CTRL_RESET);
    }
}
