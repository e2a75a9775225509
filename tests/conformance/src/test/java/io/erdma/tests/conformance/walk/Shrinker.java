package io.erdma.tests.conformance.walk;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes a script that fails shorter, as long as it fails (delta debugging: pieces are cut out, smaller and smaller ones, until no single step can go). */
final class Shrinker {
    private Shrinker() {}

    /**
     * @param script one that fails
     * @param fails plays a script and says whether it fails in the same way
     */
    static Script shrink(Script script, Predicate<Script> fails) {
        List<Step> steps = script.steps();
        int piece = Math.max(1, steps.size() / 2);
        while (true) {
            List<Step> shorter = withoutPieces(steps, piece, fails);
            boolean changed = shorter.size() < steps.size();
            steps = shorter;
            if (piece == 1 && !changed) {
                return new Script(steps);
            }
            piece = Math.max(1, Math.min(piece / 2, steps.size() / 2));
        }
    }

    /** From the end, as what fails is there and needs least of what was just before it. */
    private static List<Step> withoutPieces(List<Step> all, int piece, Predicate<Script> fails) {
        List<Step> steps = all;
        for (int end = steps.size(); end > 0; end -= piece) {
            int from = Math.max(0, end - piece);
            List<Step> shorter = new ArrayList<>(steps.subList(0, from));
            shorter.addAll(steps.subList(Math.min(end, steps.size()), steps.size()));
            if (fails.test(new Script(shorter))) {
                steps = shorter;
            }
        }
        return steps;
    }
}
