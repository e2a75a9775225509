package io.erdma.tests.conformance.walk;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Steps that can be played again. Steps name objects by the numbers that the script gave them, so a script stays playable whatever is cut out of it: a step that
 * names what was never made is left out.
 */
record Script(List<Step> steps) {
    Script {
        steps = List.copyOf(steps);
    }

    /** One step a line; empty lines and those that begin with # say nothing. */
    static Script parse(String text) {
        return new Script(text.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(Step::parse).toList());
    }

    int size() {
        return steps.size();
    }

    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }
}
