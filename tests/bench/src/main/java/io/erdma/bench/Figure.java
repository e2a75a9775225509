package io.erdma.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Something that was measured.
 *
 * @param what in words
 * @param value in the unit
 * @param unit of value and goal
 * @param goal to be reached, if there is one
 * @param most whether the goal is the most that it may be, not the least
 */
record Figure(String what, double value, String unit, OptionalDouble goal, boolean most) {
    static Figure of(String what, double value, String unit) {
        return new Figure(what, value, unit, OptionalDouble.empty(), false);
    }

    static Figure atMost(double goal, String what, double value, String unit) {
        return new Figure(what, value, unit, OptionalDouble.of(goal), true);
    }

    static Figure atLeast(double goal, String what, double value, String unit) {
        return new Figure(what, value, unit, OptionalDouble.of(goal), false);
    }

    boolean isMet() {
        return goal.isEmpty() || (most ? value <= goal.getAsDouble() : value >= goal.getAsDouble());
    }

    /** As a row of a table. */
    String row() {
        String sign = most ? "≤ " : "≥ ";
        return "| " + what + " | " + number(value) + " " + unit + " | "
                + (goal.isPresent() ? sign + number(goal.getAsDouble()) + (isMet() ? ", met" : ", **not met**") : "")
                + " |";
    }

    private static String number(double value) {
        String format = value >= 1000 ? "%,.0f" : value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
