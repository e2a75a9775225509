package io.erdma.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** What no class of the house may do. */
final class CodeRules {
    static final ArchRule STATIC_FIELDS_ARE_FINAL = fields().that().areStatic().should().beFinal();

    static final ArchRule STATIC_FIELDS_HOLD_NO_STATE = noFields().that().areStatic()
            .should().haveRawType(mutableHolder());

    /** But those of work requests and completions, which are structs that a caller fills again and again. */
    static final ArchRule PUBLIC_FIELDS_ARE_FINAL = fields().that().arePublic()
            .and().areDeclaredInClassesThat().resideOutsideOfPackage("io.erdma.core.verbs")
            .should().beFinal();

    static final ArchRule CLASSES_ARE_FINAL = classes().that(describe("can be extended by accident",
            CodeRules::isExtensible)).should().haveModifier(JavaModifier.FINAL);

    static final ArchRule NOBODY_SLEEPS = noClasses().should().callMethodWhere(
            target(Thread.class, "sleep").or(target(TimeUnit.class, "sleep")));

    static final ArchRule NOBODY_USES_INTERNALS = noClasses().should().dependOnClassesThat(
            resideInAnyPackage("sun..", "jdk.internal..", "com.sun.."));

    /** JUnit tells its extensions of a test's parameter by {@link java.lang.reflect.Parameter}: only there. */
    static final ArchRule NOBODY_REFLECTS = noClasses().that().resideOutsideOfPackage("io.erdma.junit..")
            .should().dependOnClassesThat(resideInAPackage("java.lang.reflect.."));

    static final ArchRule NOBODY_DEPENDS_ON_A_LOGGER_BUT_SLF4J = noClasses().should().dependOnClassesThat(
            resideInAnyPackage("org.apache.logging..", "java.util.logging..", "ch.qos.."));

    /** Time comes through the clock, so that a test can turn it. */
    static final ArchRule ONLY_THE_CLOCK_READS_THE_TIME = noClasses()
            .that().resideOutsideOfPackages("io.erdma.core.exec..", "io.erdma.cli..")
            .should().callMethodWhere(target(System.class, "nanoTime").or(target(System.class, "currentTimeMillis"))
                    .or(target(Instant.class, "now")).or(target(Clock.class, "systemUTC")));

    /** Threads come from outside. */
    static final ArchRule ONLY_THE_EXECUTORS_START_THREADS = noClasses()
            .that().resideOutsideOfPackages("io.erdma.core.exec..", "io.erdma.cli..")
            .should().callMethodWhere(target(Thread.class, "start").or(target(Thread.class, "startVirtualThread"))
                    .or(target(Thread.Builder.class, "start")).or(ownedBy(Executors.class)));

    static final ArchRule NOBODY_PRINTS = noClasses().that().resideOutsideOfPackage("io.erdma.cli..")
            .should().accessFieldWhere(field(System.class, "out").or(field(System.class, "err")))
            .orShould().callMethodWhere(describe("printStackTrace",
                    call -> call.getTarget().getName().equals("printStackTrace")));

    private CodeRules() {}

    private static DescribedPredicate<JavaClass> mutableHolder() {
        return resideInAPackage("java.util.concurrent.atomic..")
                .or(assignableTo(ThreadLocal.class)).or(assignableTo(Lock.class)).or(assignableTo(Random.class))
                .or(describe("a collection that can change", type -> !type.isInterface()
                        && (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class))));
    }

    /** Not so: what cannot be extended anyway, is meant to be, or is an exception. */
    private static boolean isExtensible(JavaClass type) {
        return !type.isInterface() && !type.isEnum() && !type.isRecord() && !type.isAnonymousClass()
                && !type.getModifiers().contains(JavaModifier.ABSTRACT)
                && !type.getModifiers().contains(JavaModifier.SYNTHETIC)
                && !type.getSimpleName().equals("package-info") && !type.getSimpleName().equals("module-info")
                && !type.isAssignableTo(Throwable.class)
                && !(type.isInnerClass() && type.getSuperclass().map(parent -> parent.toErasure().isEnum())
                        .orElse(false));
    }

    private static DescribedPredicate<JavaAccess<?>> target(Class<?> owner, String name) {
        return access(owner, name);
    }

    private static DescribedPredicate<JavaAccess<?>> field(Class<?> owner, String name) {
        return access(owner, name);
    }

    private static DescribedPredicate<JavaAccess<?>> access(Class<?> owner, String name) {
        return describe(owner.getSimpleName() + "." + name, access -> access.getTarget().getName().equals(name)
                && access.getTarget().getOwner().isAssignableTo(owner));
    }

    private static DescribedPredicate<JavaAccess<?>> ownedBy(Class<?> owner) {
        return describe(owner.getSimpleName(), access -> access.getTarget().getOwner().isEquivalentTo(owner));
    }
}
