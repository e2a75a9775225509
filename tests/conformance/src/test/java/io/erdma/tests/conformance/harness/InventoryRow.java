package io.erdma.tests.conformance.harness;

/**
 * A row of a suite's table.
 *
 * @param suite the suite
 * @param group the group, which is the name of the file
 * @param row full name of the case, without wildcards
 * @param verdict what the table says
 * @param tested whether there is a test; otherwise it is n/a
 * @param reason why it is n/a, or is a negative test, or what was decided
 */
public record InventoryRow(String suite, String group, String row, String verdict, boolean tested, String reason) {
    private static final int COLUMNS = 4;

    static InventoryRow parse(String suite, String group, String line) {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS || !columns[2].matches("test|n/a")) {
            throw new IllegalArgumentException(
                    "not row, verdict, test or n/a, reason in %s/%s: %s".formatted(suite, group, line));
        }
        return new InventoryRow(suite, group, columns[0], columns[1], columns[2].equals("test"), columns[3]);
    }
}
