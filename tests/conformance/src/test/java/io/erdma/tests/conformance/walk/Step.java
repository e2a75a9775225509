package io.erdma.tests.conformance.walk;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One call: a verb and its parameters. As text: {@code RECV qp=7 wr=12 mr=3 at=0 bytes=64 twist=0}. */
record Step(Verb verb, long[] values) {
    Step {
        if (values.length != verb.parameters().size()) {
            throw new IllegalArgumentException(verb + " takes " + verb.parameters() + ", not " + values.length);
        }
    }

    static Step of(Verb verb, long... values) {
        return new Step(verb, values);
    }

    /** A parameter; IllegalArgumentException for one that the verb does not have. */
    long get(String parameter) {
        int index = verb.parameters().indexOf(parameter);
        if (index < 0) {
            throw new IllegalArgumentException(verb + " has no " + parameter);
        }
        return values[index];
    }

    int getInt(String parameter) {
        return (int) get(parameter);
    }

    /** Reads a line of a script. */
    static Step parse(String line) {
        String[] words = line.strip().split(" +");
        Verb verb = Verb.valueOf(words[0]);
        long[] values = new long[words.length - 1];
        for (int i = 0; i < values.length; i++) {
            String[] pair = words[i + 1].split("=");
            if (i >= verb.parameters().size() || !pair[0].equals(verb.parameters().get(i))) {
                throw new IllegalArgumentException("'" + line + "': " + verb + " takes " + verb.parameters());
            }
            values[i] = Long.parseLong(pair[1]);
        }
        return new Step(verb, values);
    }

    @Override
    public String toString() {
        return IntStream.range(0, values.length).mapToObj(i -> " " + verb.parameters().get(i) + "=" + values[i])
                .collect(Collectors.joining("", verb.toString(), ""));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Step step && verb == step.verb && Arrays.equals(values, step.values);
    }

    @Override
    public int hashCode() {
        return 31 * verb.hashCode() + Arrays.hashCode(values);
    }
}
