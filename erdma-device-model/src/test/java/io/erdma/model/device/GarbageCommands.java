package io.erdma.model.device;

import io.erdma.hw.cmd.AllocDbResponse;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.model.device.GarbageReport.Entry;
import io.erdma.model.device.GarbageReport.Form;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.SplittableRandom;

/** Sends commands, and waits for the answer, which must come whatever the command. */
final class GarbageCommands {
    private final GarbageTenant tenant;
    private final SplittableRandom random;
    private final FieldMutation mutation;
    private final CommandTemplates templates;

    GarbageCommands(GarbageTenant tenant, SplittableRandom random, FieldMutation mutation) {
        this.tenant = tenant;
        this.random = random;
        this.mutation = mutation;
        this.templates = new CommandTemplates(tenant, random);
    }

    /** One command of any kind and form. */
    void send() {
        CommandOpcode opcode = CommandOpcode.values()[random.nextInt(CommandOpcode.values().length)];
        TestHost host = tenant.host;
        long slot = host.commandSlot();
        MemorySegment memory = host.all();
        // a driver leaves there what was there
        if (random.nextBoolean()) {
            memory.asSlice(slot, CommandHeader.COMMAND_BYTES).fill((byte) 0);
        }
        memory.asSlice(slot, CommandTemplates.bytes(opcode)).fill((byte) 0);
        templates.of(opcode).write(memory, slot);
        long header = CommandHeader.compose(CommandHeader.COMMAND_WQEBBS, random.nextInt(128), opcode.subModule(),
                opcode.opcode(), host.commandIndex + CommandHeader.COMMAND_WQEBBS);
        int form = random.nextInt(100);
        if (form < 65) {
            tenant.report.entry(Entry.COMMAND, Form.ONE_FIELD_MUTATED);
            header = mutate(opcode, memory, slot, header);
        } else if (form < 90) {
            tenant.report.entry(Entry.COMMAND, Form.VALID);
        } else {
            tenant.report.entry(Entry.COMMAND, Form.RANDOM);
            mutation.all(memory, slot, CommandHeader.COMMAND_BYTES);
            header = form < 99 ? header : random.nextLong();
        }
        host.sendRaw(header);
        answer(header);
    }

    private long mutate(CommandOpcode opcode, MemorySegment memory, long slot, long header) {
        int[] addresses = CommandTemplates.addresses(opcode);
        int bytes = CommandTemplates.bytes(opcode);
        if (random.nextInt(10) == 0) {
            return mutation.bits(header, 64);
        }
        if (addresses.length > 0 && random.nextInt(3) == 0) {
            mutation.address(memory, slot + addresses[random.nextInt(addresses.length)],
                    tenant.playground.addresses());
        } else {
            mutation.word(memory, slot + Long.BYTES, bytes - Long.BYTES);
        }
        return header;
    }

    private void answer(long header) {
        int syndrome = tenant.host.pollCommand();
        while (syndrome < 0) {
            tenant.host.whileWaiting.run();
            syndrome = tenant.host.pollCommand();
        }
        Optional<CommandOpcode> sent = CommandOpcode.of(CommandHeader.subModule(header), CommandHeader.opcode(header));
        if (sent.isEmpty()) {
            if (syndrome == 0) {
                throw new AssertionError("done, and nobody knows it: 0x" + Long.toHexString(header));
            }
            tenant.report.deed("unknown command refused");
            return;
        }
        tenant.report.command(sent.get(), syndrome == 0);
        if (sent.get() == CommandOpcode.ALLOC_DB && syndrome == 0) {
            templates.pages = new int[]{ AllocDbResponse.sqPage(tenant.host.response),
                AllocDbResponse.rqPage(tenant.host.response), AllocDbResponse.cqPage(tenant.host.response) };
        }
    }

    /** Number of a queue that only commands make. */
    int spare() {
        return templates.spare();
    }

    /** SQ, RQ and CQ doorbell page of the context that was made last. */
    int page(int kind) {
        return templates.pages[kind];
    }
}
