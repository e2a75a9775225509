package io.erdma.cli.card;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Lines of cells, printed in columns; cells that are numbers stand to the right. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /** A table with these headings. */
    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /** Adds a line of as many cells as there are headings. */
    public void add(Object... cells) {
        rows.add(List.of(cells).stream().map(String::valueOf).toList());
    }

    /** Prints it, each line behind an indent. */
    public void print(PrintWriter out, String indent) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < columns; i++) {
                boolean right = Character.isDigit(rows.getLast().get(i).charAt(0)) && i > 0;
                String gap = " ".repeat(widths[i] - row.get(i).length());
                line.append(right ? gap + row.get(i) : row.get(i) + gap).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
