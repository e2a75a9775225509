package io.erdma.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;

/** The modules, and which of ours each may require: the table of the architecture, exactly. */
final class House {
    private static final String CORE = "io.erdma.core";
    private static final String TESTING = "io.erdma.core.testing";
    private static final String HW = "io.erdma.hw";
    private static final String EQ = "io.erdma.eq";
    private static final String CMDQ = "io.erdma.cmdq";
    private static final String CQ = "io.erdma.cq";
    private static final String QP = "io.erdma.qp";
    private static final String VERBS = "io.erdma.verbs";
    private static final String PROVIDER = "io.erdma.provider";
    private static final String CM = "io.erdma.cm";
    private static final String DRIVER = "io.erdma.driver";
    private static final String MODEL = "io.erdma.model";
    private static final String JUNIT = "io.erdma.junit";
    private static final String CLI = "io.erdma.cli";

    static final Map<String, Set<String>> REQUIRES = Map.ofEntries(
            Map.entry(CORE, Set.of()),
            Map.entry(TESTING, Set.of(CORE)),
            Map.entry(HW, Set.of(CORE)),
            Map.entry(EQ, Set.of(HW, CORE)),
            Map.entry(CMDQ, Set.of(EQ, HW, CORE)),
            Map.entry(CQ, Set.of(HW, CORE)),
            Map.entry(QP, Set.of(HW, CORE)),
            Map.entry(VERBS, Set.of(QP, CQ, EQ, HW, CORE)),
            Map.entry(PROVIDER, Set.of(VERBS, QP, CQ, HW, CORE)),
            Map.entry(CM, Set.of(VERBS, CORE)),
            Map.entry(DRIVER, Set.of(CM, PROVIDER, VERBS, QP, CQ, CMDQ, EQ, HW, CORE)),
            Map.entry(MODEL, Set.of(HW, CORE)),
            Map.entry(JUNIT, Set.of(DRIVER, MODEL)),
            Map.entry(CLI, Set.of(DRIVER, MODEL)));

    /** What a module sees because one that it requires hands it on: the connection manager owns a QP's connection. */
    static final Map<String, Set<String>> HANDED_ON = Map.of(
            CM, Set.of(QP, HW),
            JUNIT, Set.of(CM, PROVIDER, VERBS, QP, EQ, HW, CORE),
            CLI, Set.of(CM, PROVIDER, VERBS, QP, EQ, HW, CORE));

    private House() {}

    /** The module that a package belongs to: the longest root that the name begins with, or none of ours: empty. */
    static String moduleOf(String packageName) {
        return REQUIRES.keySet().stream()
                .filter(root -> packageName.equals(root) || packageName.startsWith(root + "."))
                .max(Comparator.comparingInt(String::length))
                .orElse("");
    }

    /** Every class that is published. */
    static JavaClasses classes() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("/io/erdma/tests/"))
                .importPackages(REQUIRES.keySet());
    }
}
