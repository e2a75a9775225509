package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of results: what comes of a row that passes, fails, has several tests, or none. */
class ResultsTest {
    private static final InventoryRow WITHOUT_TEST = new InventoryRow(Row.PYVERBS, "mr", "Other.b", "N", false,
            "no such thing");
    private static final InventoryRow DECIDED = new InventoryRow(Row.RDMA_UNIT_TEST, "qp", "Suite.A", "D", true,
            "was decided");

    @TempDir private Path folder;

    /** Not run: their annotations are what is wanted. */
    private static final class Rows {
        @Row(value = "Suite.A", asserts = Asserted.STATUS)
        void ofOneRow() {}

        @Row(value = { "Suite.A", "Suite.B" }, asserts = Asserted.BYTES, apis = Api.KERNEL, otherwise = "not by users")
        void ofTwoRows() {}
    }

    private static Row row(String method) throws NoSuchMethodException {
        return Rows.class.getDeclaredMethod(method).getAnnotation(Row.class);
    }

    private List<String> written(Results results) throws IOException {
        results.close();
        return Files.readAllLines(folder.resolve("results.tsv"));
    }

    private Results results(InventoryRow... inventory) {
        return new Results(folder.resolve("results.tsv"), List.of(inventory));
    }

    @Test
    void aRow_passes_ifAllItsTestsPass_andShowsWhatAnyOfThemAsserts() throws Exception {
        Results results = results(DECIDED);
        results.pass(row("ofOneRow"), Api.KERNEL, Mode.INLINE);
        results.pass(row("ofTwoRows"), Api.KERNEL, Mode.INLINE);

        assertThat(written(results)).containsExactly("suite\trow\tapi\tmode\tresult\tasserted\treason",
                "rdma-unit-test\tSuite.A\tKERNEL\tINLINE\tpass\tbytes,status\twas decided",
                "rdma-unit-test\tSuite.B\tKERNEL\tINLINE\tpass\tbytes\t");
    }

    @Test
    void aRow_fails_ifOneOfItsTestsFails_andSaysWhyInOneLine() throws Exception {
        Results results = results(DECIDED);
        results.pass(row("ofOneRow"), Api.USER, Mode.THREADED);
        results.fail(row("ofTwoRows"), Api.USER, Mode.THREADED, new AssertionError("not\n\tequal"));
        results.pass(row("ofOneRow"), Api.USER, Mode.THREADED);

        assertThat(written(results)).contains(
                "rdma-unit-test\tSuite.A\tUSER\tTHREADED\tfail\tbytes,status\tAssertionError: not equal");
    }

    @Test
    void aRow_withoutATest_isThereForEveryApiAndMode_withItsReason() throws Exception {
        assertThat(written(results(WITHOUT_TEST))).hasSize(1 + 4)
                .contains("pyverbs\tOther.b\tUSER\tTHREADED\tn/a\t\tno such thing");
    }

    @Test
    void anApi_thatIsLeftOut_isThereWithItsReason() throws Exception {
        Results results = results();
        Row row = row("ofTwoRows");
        results.notApplicable(List.of(row.value()), row.suite(), Api.USER, row.otherwise());

        assertThat(written(results)).contains("rdma-unit-test\tSuite.A\tUSER\tINLINE\tn/a\t\tnot by users",
                "rdma-unit-test\tSuite.B\tUSER\tTHREADED\tn/a\t\tnot by users");
    }
}
