package io.erdma.model.device;

import io.erdma.hw.CqDoorbell;
import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.EqDoorbell;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.SqDoorbell;
import io.erdma.model.device.GarbageReport.Entry;
import io.erdma.model.device.GarbageReport.Form;
import java.util.SplittableRandom;

/** Rings doorbells of queues in every kind of page, those of event queues, and writes doorbell records. */
final class GarbageDoorbells {
    private final GarbageTenant tenant;
    private final SplittableRandom random;
    private final FieldMutation mutation;
    private final GarbageCommands commands;

    GarbageDoorbells(GarbageTenant tenant, SplittableRandom random, FieldMutation mutation, GarbageCommands commands) {
        this.tenant = tenant;
        this.random = random;
        this.mutation = mutation;
        this.commands = commands;
    }

    /** One doorbell of a queue. */
    void ring() {
        int kind = Math.min(2, random.nextInt(4));
        long page = switch (random.nextInt(8)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> commands.page(random.nextInt(3));
            case 2 -> commands.page(kind);
            default -> switch (kind) {
                case 0 -> DoorbellSpace.KERNEL_SQ_PAGE;
                case 1 -> DoorbellSpace.KERNEL_RQ_PAGE;
                default -> DoorbellSpace.KERNEL_CQ_PAGE;
            };
        };
        long offset = Math.max(DoorbellSpace.SQ_OFFSET, (page << 12) + 8L * random.nextInt(512));
        tenant.host.function.write(PciIds.FUNCTION_BAR, offset, 8, formed(Entry.DOORBELL, value(kind)));
    }

    private long formed(Entry entry, long value) {
        int form = random.nextInt(100);
        if (form < 60) {
            tenant.report.entry(entry, Form.ONE_FIELD_MUTATED);
            return mutation.bits(value, 64);
        }
        if (form < 85) {
            tenant.report.entry(entry, Form.VALID);
            return value;
        }
        tenant.report.entry(entry, Form.RANDOM);
        return random.nextLong();
    }

    /** What a good driver would ring now, or of a queue that only commands make. */
    private long value(int kind) {
        TestQp qp = tenant.pairs.own(random.nextInt(GarbagePairs.COUNT));
        boolean spare = random.nextInt(3) == 0;
        return switch (kind) {
            case 0 -> SqDoorbell.compose(spare ? commands.spare() : qp.qpn,
                    spare ? random.nextInt(64) : qp.sendIndex);
            case 1 -> RqDoorbell.compose(spare ? commands.spare() : qp.qpn,
                    spare ? random.nextInt(16) : qp.receiveIndex);
            default -> completions(spare);
        };
    }

    private long completions(boolean spare) {
        if (spare) {
            return CqDoorbell.compose(random.nextInt(256), commands.spare(), random.nextBoolean(),
                    random.nextBoolean(), random.nextInt(4), random.nextInt(100));
        }
        TestCq cq = random.nextInt(6) == 0 ? tenant.pairs.cq : qpCq();
        // without ARM: reports how far it has polled
        return random.nextInt(24) == 0
                ? CqDoorbell.compose(cq.arms, cq.cqn, false, false, cq.cmdsn, cq.index)
                : CqDoorbell.compose(cq.arms++, cq.cqn, true, random.nextBoolean(), random.nextInt(4), cq.index);
    }

    private TestCq qpCq() {
        return tenant.pairs.own(random.nextInt(GarbagePairs.COUNT)).sendCq;
    }

    /** One record of a queue, without its doorbell. */
    void record() {
        int pair = random.nextInt(GarbagePairs.COUNT);
        TestQp qp = tenant.pairs.own(pair);
        int kind = random.nextInt(3);
        if (kind == 2 || !tenant.pairs.isThere(pair)) {
            // of the queues that commands make: all lie in one page
            DoorbellRecord.store(tenant.playground.low(), 8L * random.nextInt(512),
                    formed(Entry.RECORD, value(kind)));
        } else {
            DoorbellRecord.store(qp.records, 8L * kind, formed(Entry.RECORD, kind == 0
                    ? SqDoorbell.compose(qp.qpn, qp.sendIndex)
                    : RqDoorbell.compose(qp.qpn, qp.receiveIndex)));
        }
    }

    /** One doorbell of an event queue, or of the command queues, that leaves these in order. */
    void event() {
        TestHost host = tenant.host;
        int pick = random.nextInt(12);
        switch (pick) {
            case 0 -> keepOrder(Registers.AEQ_DB, host.errorEvents.index()[0]);
            case 1 -> keepOrder(Registers.CEQ_DB, host.commandEvents.index()[0]);
            case 2 -> {
                // commands are taken from the index that was rung last on, four blocks each, one ring at most
                tenant.report.entry(Entry.DOORBELL, Form.ONE_FIELD_MUTATED);
                host.write64(Registers.CMDQ_SQDB,
                        host.commandIndex + (random.nextBoolean()
                                ? 1 + random.nextInt(3)
                                : 4 + TestHost.COMMAND_DEPTH + random.nextInt(60_000)));
            }
            case 3, 4, 5, 6 -> {
                tenant.report.entry(Entry.DOORBELL, Form.VALID);
                host.armCommands(random.nextInt(4));
            }
            default -> host.write64(Registers.ceqDoorbell(pick - 6), formed(Entry.DOORBELL,
                    EqDoorbell.compose(true, random.nextInt(3))));
        }
    }

    /** The true index, or one that can't be. */
    private void keepOrder(int register, int index) {
        boolean valid = random.nextBoolean();
        tenant.report.entry(Entry.DOORBELL, valid ? Form.VALID : Form.ONE_FIELD_MUTATED);
        tenant.host.write64(register, EqDoorbell.compose(random.nextBoolean(),
                index + (valid ? 0 : 30_000 + random.nextInt(30_000))));
    }
}
