package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.cmd.CommandBody;
import io.erdma.hw.cmd.CommandChannel;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A command channel that remembers every command as the device would see it, and answers as a test says. */
final class FakeCommands implements CommandChannel {
    private final List<Sent> sent = new ArrayList<>();
    private final Map<CommandOpcode, CommandResponse> answers = new EnumMap<>(CommandOpcode.class);
    private final Map<CommandOpcode, Errno> failures = new EnumMap<>(CommandOpcode.class);
    private final Map<CommandOpcode, Consumer<Sent>> scripts = new EnumMap<>(CommandOpcode.class);

    /** A command; fields are read by the data sheet's accessors at offset 0. */
    record Sent(CommandOpcode opcode, MemorySegment slot) {}

    @Override
    public CommandResponse execute(CommandOpcode opcode, CommandBody body) {
        MemorySegment slot = Arena.ofAuto().allocate(CommandHeader.COMMAND_BYTES, Long.BYTES);
        body.write(slot, 0);
        Sent command = new Sent(opcode, slot);
        Errno failure;
        synchronized (this) {
            sent.add(command);
            failure = failures.get(opcode);
        }
        if (failure != null) {
            throw new ErrnoException(failure, "planned failure of " + opcode);
        }
        scripts.getOrDefault(opcode, _ -> {}).accept(command);
        return answers.getOrDefault(opcode, CommandResponse.NONE);
    }

    FakeCommands answer(CommandOpcode opcode, CommandResponse response) {
        answers.put(opcode, response);
        return this;
    }

    synchronized FakeCommands fail(CommandOpcode opcode, Errno errno) {
        failures.put(opcode, errno);
        return this;
    }

    synchronized FakeCommands failNothing() {
        failures.clear();
        return this;
    }

    FakeCommands on(CommandOpcode opcode, Consumer<Sent> script) {
        scripts.put(opcode, script);
        return this;
    }

    synchronized List<CommandOpcode> opcodes() {
        return sent.stream().map(Sent::opcode).toList();
    }

    synchronized List<MemorySegment> all(CommandOpcode opcode) {
        return sent.stream().filter(command -> command.opcode == opcode).map(Sent::slot).toList();
    }

    MemorySegment last(CommandOpcode opcode) {
        return all(opcode).getLast();
    }

    synchronized void forget() {
        sent.clear();
    }
}
