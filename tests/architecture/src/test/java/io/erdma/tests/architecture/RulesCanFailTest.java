package io.erdma.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.erdma.tests.architecture.bad.Careless;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule, against classes that break it: a rule that cannot fail guards nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RulesCanFailTest {
    private JavaClasses ruin;

    @BeforeAll
    void importRuin() { ruin = new ClassFileImporter().importPackagesOf(Careless.class); }

    static Stream<String> names() { return AllRules.BY_NAME.keySet().stream(); }

    @ParameterizedTest
    @MethodSource("names")
    void aRule_findsTheClassThatBreaksIt(String name) {
        assertThat(AllRules.BY_NAME.get(name).evaluate(ruin).hasViolation()).isTrue();
    }

    @Test
    void twoClassesThatReinterpret_areFound() {
        assertThat(LayerRules.ONE_CLASS_A_MODULE_REINTERPRETS.evaluate(ruin).getFailureReport().getDetails())
                .singleElement().asString().contains("Careless").contains("Reckless");
    }
}
