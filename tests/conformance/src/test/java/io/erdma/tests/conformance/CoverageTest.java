package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.Inventory;
import io.erdma.tests.conformance.harness.InventoryRow;
import io.erdma.tests.conformance.harness.Row;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The inventories and the tests agree: no row is without a test or a reason, and no test is for a row that nobody knows. */
class CoverageTest {
    private static final String PACKAGE = CoverageTest.class.getPackageName();
    private static final int WANTED = 240;

    @Test
    void everyRow_thatHasATest_isNamedByOne_andNoTestNamesAnother() throws Exception {
        assertThat(namedByTests()).containsExactlyInAnyOrderElementsOf(names(InventoryRow::tested));
    }

    @Test
    void asManyRowsHaveTests_asAreWanted() {
        assertThat(names(InventoryRow::tested)).hasSizeGreaterThanOrEqualTo(WANTED);
    }

    @Test
    void noRow_isThereTwice() {
        assertThat(Inventory.read()).extracting(CoverageTest::name).doesNotHaveDuplicates();
    }

    @Test
    void everyRow_withoutATest_saysWhy_andSoDoesOneWhoseTestIsNotTheSuites() {
        assertThat(Inventory.read())
                .filteredOn(row -> !row.tested() || row.verdict().startsWith("N") || row.verdict().startsWith("D"))
                .allSatisfy(row -> assertThat(row.reason()).as(row.row()).isNotBlank());
    }

    @Test
    void anApi_thatIsLeftOut_isLeftOutForAReason() throws Exception {
        assertThat(rowTests()).filteredOn(test -> test.getAnnotation(Row.class).apis().length < Api.values().length)
                .allSatisfy(test -> assertThat(test.getAnnotation(Row.class).otherwise()).as("%s", test).isNotBlank());
    }

    private static Set<String> names(Predicate<InventoryRow> which) {
        return Inventory.read().stream().filter(which).map(CoverageTest::name).collect(Collectors.toSet());
    }

    private static String name(InventoryRow row) {
        return row.suite() + " " + row.row();
    }

    private static Set<String> namedByTests() throws Exception {
        return rowTests().stream().map(test -> test.getAnnotation(Row.class))
                .flatMap(row -> Arrays.stream(row.value()).map(name -> row.suite() + " " + name))
                .collect(Collectors.toSet());
    }

    private static List<Method> rowTests() throws IOException, URISyntaxException {
        Path root = Path.of(CoverageTest.class.getResource("CoverageTest.class").toURI()).getParent();
        try (Stream<Path> classes = Files.list(root)) {
            return classes.map(file -> file.getFileName().toString()).filter(name -> name.endsWith("Test.class"))
                    .map(name -> load(PACKAGE + "." + name.replace(".class", "")))
                    .flatMap(test -> Arrays.stream(test.getDeclaredMethods()))
                    .filter(method -> method.isAnnotationPresent(Row.class)).toList();
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, CoverageTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
