package io.erdma.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.function.Predicate;

/** The border between a user program and the kernel: what modules alone do not hold, as verbs of both are one module to the provider. */
final class BorderRules {
    private static final String PROVIDER = "..provider..";
    private static final String KERNEL = "io.erdma.verbs";

    /** How a program asks its kernel, and the values that it gets as an answer. */
    private static final Set<String> USER_INTERFACE = Set.of("UserContext", "UserMr", "UserQpInit", "UserQpHandle",
            "UserAsyncEvent", "QpAttributes", "QpModifyAttributes", "Gid");
    private static final String DEVICE = "ErdmaDevice";

    /** Requests that never leave the program. */
    private static final Set<String> DATA_PATH = Set.of("postSend", "postRecv", "poll", "reqNotify", "sendCompleted",
            "receiveCompleted", "eventTaken");

    static final ArchRule ONLY_THE_USER_INTERFACE = noClasses().that().resideInAPackage(PROVIDER)
            .should().dependOnClassesThat(kernelClass(
                    type -> !USER_INTERFACE.contains(outermost(type)) && !outermost(type).equals(DEVICE)));

    static final ArchRule ONLY_THE_CONTEXT_OPENS_DEVICES = noClasses().that().resideInAPackage(PROVIDER)
            .and().doNotHaveSimpleName("Context")
            .should().dependOnClassesThat(kernelClass(type -> outermost(type).equals(DEVICE)));

    static final ArchRule THE_DATA_PATH_CALLS_NO_DRIVER = noMethods()
            .that().areDeclaredInClassesThat().resideInAPackage(PROVIDER)
            .and(describe("are of the data path", (JavaMethod method) -> DATA_PATH.contains(method.getName())))
            .should(callTheKernel());

    private BorderRules() {}

    private static DescribedPredicate<JavaClass> kernelClass(Predicate<JavaClass> which) {
        return describe("are the kernel's own", type -> isKernel(type) && which.test(type));
    }

    private static boolean isKernel(JavaClass type) {
        return type.getPackageName().equals(KERNEL) || type.getPackageName().startsWith(KERNEL + ".");
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass().map(BorderRules::outermost).orElseGet(type::getSimpleName);
    }

    private static ArchCondition<JavaMethod> callTheKernel() {
        return new ArchCondition<>("call the driver") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                method.getCallsFromSelf().stream().filter(call -> isKernel(call.getTargetOwner())).forEach(
                        call -> events.add(SimpleConditionEvent.satisfied(call, call.getDescription())));
            }
        };
    }
}
