package io.erdma.tests.architecture;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private JavaClasses house;

    @BeforeAll
    void importHouse() { house = House.classes(); }

    static Stream<Arguments> rules() {
        return AllRules.BY_NAME.entrySet().stream().map(rule -> Arguments.of(rule.getKey(), rule.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void theHouse_keepsTheRule(String name, ArchRule rule) {
        assertThat(name).isNotBlank();
        rule.check(house);
    }

    @Test
    void theImport_seesEveryModule() {
        assertThat(house.stream().map(type -> House.moduleOf(type.getPackageName())).collect(toUnmodifiableSet()))
                .isEqualTo(House.REQUIRES.keySet());
    }

    @Test
    void moduleDescriptors_requireWhatTheTableSays_andNothingElseOfOurs() {
        Path[] classPath = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> new File(entry).exists() && entry.contains("erdma-")
                        && !entry.contains("test-classes"))
                .map(Path::of)
                .toArray(Path[]::new);
        Map<String, Set<String>> requires = ModuleFinder.of(classPath).findAll().stream()
                .map(ModuleReference::descriptor)
                .filter(module -> module.name().startsWith("io.erdma."))
                .collect(toMap(ModuleDescriptor::name, ArchitectureTest::oursRequiredBy));

        assertThat(requires).isEqualTo(House.REQUIRES);
    }

    private static Set<String> oursRequiredBy(ModuleDescriptor module) {
        return module.requires().stream()
                .map(ModuleDescriptor.Requires::name)
                .filter(name -> name.startsWith("io.erdma."))
                .collect(toUnmodifiableSet());
    }
}
