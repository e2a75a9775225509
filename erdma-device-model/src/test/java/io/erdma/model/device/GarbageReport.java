package io.erdma.model.device;

import io.erdma.hw.Aeqe;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What garbage was met with, and what of it has never come up. */
final class GarbageReport {
    /** Kinds of what is fed to the device. */
    enum Entry {
        COMMAND,
        SEND,
        RECEIVE,
        DOORBELL,
        RECORD,
        REGISTER
    }

    /** How an entry came to be. */
    enum Form {
        VALID,
        ONE_FIELD_MUTATED,
        RANDOM
    }

    /** Syndromes that the model has no occasion for: it holds READs back instead. */
    private static final Set<Integer> NEVER = Set.of(Syndrome.ORD_EXCEEDED);
    /** On an iWARP function they are always refused. */
    private static final Set<CommandOpcode> OF_ROCE = EnumSet.of(CommandOpcode.SET_GID, CommandOpcode.CREATE_AH,
            CommandOpcode.DESTROY_AH, CommandOpcode.QUERY_QP);

    private final Map<Entry, long[]> entries = new EnumMap<>(Entry.class);
    private final Map<CommandOpcode, long[]> commands = new EnumMap<>(CommandOpcode.class);
    private final Map<Integer, Long> syndromes = new TreeMap<>();
    private final Map<Integer, Long> events = new TreeMap<>();
    private final Map<String, Long> deeds = new TreeMap<>();
    private final long[] counters = new long[ModelCounter.values().length];

    void entry(Entry kind, Form form) {
        entries.computeIfAbsent(kind, key -> new long[Form.values().length])[form.ordinal()]++;
    }

    void command(CommandOpcode opcode, boolean done) {
        commands.computeIfAbsent(opcode, key -> new long[2])[done ? 0 : 1]++;
    }

    void completion(int syndrome) {
        syndromes.merge(syndrome, 1L, Long::sum);
    }

    void event(int type) {
        events.merge(type, 1L, Long::sum);
    }

    /** Something that is done to the device or its memory besides. */
    void deed(String what) {
        deeds.merge(what, 1L, Long::sum);
    }

    void count(ErdmaFunction function) {
        for (ModelCounter counter : ModelCounter.values()) {
            counters[counter.ordinal()] += function.counter(counter);
        }
    }

    long entries() {
        return sum(Form.values());
    }

    long mutated() {
        return sum(Form.ONE_FIELD_MUTATED);
    }

    private long sum(Form... forms) {
        return entries.values().stream().mapToLong(counts -> {
            long sum = 0;
            for (Form form : forms) {
                sum += counts[form.ordinal()];
            }
            return sum;
        }).sum();
    }

    /** What should have come up and has not: a syndrome, an event, a command refused or done, a counter. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (int syndrome = Syndrome.SUCCESS; syndrome <= Syndrome.RETRY_EXCEEDED; syndrome++) {
            if (!syndromes.containsKey(syndrome) && !NEVER.contains(syndrome)) {
                missing.add("syndrome " + syndrome);
            }
        }
        for (int type = Aeqe.QP_FATAL; type <= Aeqe.OTHER; type++) {
            if (!events.containsKey(type)) {
                missing.add("event of type " + type);
            }
        }
        for (CommandOpcode opcode : CommandOpcode.values()) {
            long[] counts = commands.getOrDefault(opcode, new long[2]);
            if (counts[0] == 0 && !OF_ROCE.contains(opcode)) {
                missing.add(opcode + " done");
            }
            if (counts[1] == 0) {
                missing.add(opcode + " refused");
            }
        }
        for (ModelCounter counter : ModelCounter.values()) {
            // there is no fault plan
            if (counters[counter.ordinal()] == 0 && counter != ModelCounter.FAULTS) {
                missing.add("counter " + counter);
            }
        }
        for (Entry kind : Entry.values()) {
            if (!entries.containsKey(kind)) {
                missing.add("entry " + kind);
            }
        }
        return missing;
    }

    /** What came up that must not: syndromes and events that nobody knows. */
    List<String> unknown() {
        List<String> unknown = new ArrayList<>();
        syndromes.keySet().stream()
                .filter(syndrome -> syndrome > Syndrome.RETRY_EXCEEDED || NEVER.contains(syndrome))
                .forEach(syndrome -> unknown.add("syndrome " + syndrome));
        events.keySet().stream().filter(type -> type > Aeqe.OTHER).forEach(type -> unknown.add("event " + type));
        return unknown;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(entries()).append(" entries, ").append(mutated()).append(" of them valid but for one field");
        entries.forEach((kind, counts) -> text.append("\n  ").append(kind).append(": valid ").append(counts[0])
                .append(", one field mutated ").append(counts[1]).append(", random ").append(counts[2]));
        text.append("\n  deeds ").append(deeds);
        text.append("\n  syndromes ").append(syndromes);
        text.append("\n  events ").append(events);
        text.append("\n  commands done/refused");
        commands.forEach((opcode, counts) -> text.append(' ').append(opcode).append(' ').append(counts[0]).append('/')
                .append(counts[1]));
        text.append("\n  counters");
        for (ModelCounter counter : ModelCounter.values()) {
            text.append(' ').append(counter).append(' ').append(counters[counter.ordinal()]);
        }
        return text.toString();
    }
}
