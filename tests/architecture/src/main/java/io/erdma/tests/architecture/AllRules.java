package io.erdma.tests.architecture;

import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.TreeMap;

/** Every rule with the name that a report calls it by. */
final class AllRules {
    static final Map<String, ArchRule> BY_NAME = new TreeMap<>(Map.ofEntries(
            Map.entry("layers", LayerRules.layers(House.REQUIRES)),
            Map.entry("one class a module reinterprets", LayerRules.ONE_CLASS_A_MODULE_REINTERPRETS),
            Map.entry("no package cycles", LayerRules.PACKAGES_HAVE_NO_CYCLES),
            Map.entry("packages are @NullMarked", LayerRules.PACKAGES_ARE_NULL_MARKED),
            Map.entry("the provider crosses the border by bytes and handles", BorderRules.ONLY_THE_USER_INTERFACE),
            Map.entry("only the context opens devices", BorderRules.ONLY_THE_CONTEXT_OPENS_DEVICES),
            Map.entry("the data path calls no driver", BorderRules.THE_DATA_PATH_CALLS_NO_DRIVER),
            Map.entry("static fields are final", CodeRules.STATIC_FIELDS_ARE_FINAL),
            Map.entry("static fields hold no state", CodeRules.STATIC_FIELDS_HOLD_NO_STATE),
            Map.entry("public fields are final", CodeRules.PUBLIC_FIELDS_ARE_FINAL),
            Map.entry("classes are final", CodeRules.CLASSES_ARE_FINAL),
            Map.entry("nobody sleeps", CodeRules.NOBODY_SLEEPS),
            Map.entry("nobody uses internals", CodeRules.NOBODY_USES_INTERNALS),
            Map.entry("nobody reflects", CodeRules.NOBODY_REFLECTS),
            Map.entry("nobody prints", CodeRules.NOBODY_PRINTS),
            Map.entry("no logger but SLF4J", CodeRules.NOBODY_DEPENDS_ON_A_LOGGER_BUT_SLF4J),
            Map.entry("only the clock reads the time", CodeRules.ONLY_THE_CLOCK_READS_THE_TIME),
            Map.entry("only the executors start threads", CodeRules.ONLY_THE_EXECUTORS_START_THREADS)));

    private AllRules() {}
}
