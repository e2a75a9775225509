package io.erdma.tests.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;

/** Who may know whom. */
final class LayerRules {
    static final ArchRule PACKAGES_HAVE_NO_CYCLES = slices().assignedFrom(eachPackage()).should().beFreeOfCycles();

    static final ArchRule PACKAGES_ARE_NULL_MARKED = classes().should(beInANullMarkedPackage());

    /** In each module, at most one class gives a segment another size: then its bounds are proved in one place. */
    static final ArchRule ONE_CLASS_A_MODULE_REINTERPRETS = classes().should(new ReinterpretInOneClass());

    private LayerRules() {}

    /** Modules depend on those of the table alone. */
    static ArchRule layers(Map<String, Set<String>> requires) {
        return classes().should(dependOnlyOn(requires));
    }

    private static SliceAssignment eachPackage() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return type.getPackageName().startsWith("io.erdma")
                        ? SliceIdentifier.of(type.getPackageName())
                        : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() { return "each package"; }
        };
    }

    private static ArchCondition<JavaClass> beInANullMarkedPackage() {
        return new ArchCondition<>("be in a package that is @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                JavaPackage home = type.getPackage();
                if (!home.isAnnotatedWith(NullMarked.class)) {
                    events.add(SimpleConditionEvent.violated(type, home.getName() + " is not @NullMarked"));
                }
            }
        };
    }

    private static ArchCondition<JavaClass> dependOnlyOn(Map<String, Set<String>> requires) {
        return new ArchCondition<>("depend only on the modules that theirs may require") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                String from = House.moduleOf(type.getPackageName());
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String to = House.moduleOf(dependency.getTargetClass().getPackageName());
                    if (!to.isEmpty() && !to.equals(from) && !requires.getOrDefault(from, Set.of()).contains(to)
                            && !House.HANDED_ON.getOrDefault(from, Set.of()).contains(to)) {
                        events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static final class ReinterpretInOneClass extends ArchCondition<JavaClass> {
        private final Map<String, Set<String>> callers = new TreeMap<>();

        ReinterpretInOneClass() {
            super("call MemorySegment.reinterpret in one class a module only");
        }

        @Override
        public void init(Collection<JavaClass> all) { callers.clear(); }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
                if (call.getName().equals("reinterpret") && call.getTargetOwner().isEquivalentTo(MemorySegment.class)) {
                    callers.computeIfAbsent(House.moduleOf(type.getPackageName()), _ -> new TreeSet<>())
                            .add(type.getName());
                }
            }
        }

        @Override
        public void finish(ConditionEvents events) {
            callers.forEach((module, classes) -> {
                if (classes.size() > 1) {
                    events.add(SimpleConditionEvent.violated(classes, module + ": " + classes));
                }
            });
        }
    }
}
