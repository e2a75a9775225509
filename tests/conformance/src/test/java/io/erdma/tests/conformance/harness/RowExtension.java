package io.erdma.tests.conformance.harness;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.TestWatcher;

/** Runs a {@link Row} for each API and mode, gives it a lab, and records what came of it. */
final class RowExtension implements TestTemplateInvocationContextProvider {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return context.getRequiredTestMethod().isAnnotationPresent(Row.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
        Row row = context.getRequiredTestMethod().getAnnotation(Row.class);
        List<Api> apis = List.of(row.apis());
        Stream.of(Api.values()).filter(api -> !apis.contains(api)).forEach(api -> results(context)
                .notApplicable(Arrays.asList(row.value()), row.suite(), api, row.otherwise()));
        return apis.stream().flatMap(api -> Stream.of(Mode.values()).map(mode -> new Run(row, api, mode)));
    }

    private static Results results(ExtensionContext context) {
        return context.getRoot().getStore(Namespace.create(Results.class))
                .computeIfAbsent(Results.class, _ -> Results.ofBuild(), Results.class);
    }

    /** One API and mode of a test. */
    private static final class Run
            implements
                TestTemplateInvocationContext,
                BeforeEachCallback,
                ParameterResolver,
                AfterEachCallback,
                TestWatcher {
        private final Row row;
        private final Api api;
        private final Mode mode;
        private Lab lab;

        private Run(Row row, Api api, Mode mode) {
            this.row = row;
            this.api = api;
            this.mode = mode;
        }

        @Override
        public String getDisplayName(int invocationIndex) {
            return api + " " + mode + " " + String.join(", ", row.value());
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public void beforeEach(ExtensionContext context) {
            lab = Lab.on(api, mode);
            if (Arrays.asList(row.asserts()).contains(Asserted.BYSTANDER)) {
                lab.makeBystander();
            }
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Lab.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return lab;
        }

        @Override
        public void afterEach(ExtensionContext context) {
            if (context.getExecutionException().isPresent()) {
                lab.abandon();
                return;
            }
            if (lab.hasBystander()) {
                lab.assertBystanderWorks();
            }
            lab.close();
        }

        @Override
        public void testSuccessful(ExtensionContext context) {
            results(context).pass(row, api, mode);
        }

        @Override
        public void testFailed(ExtensionContext context, Throwable cause) {
            results(context).fail(row, api, mode, cause);
        }

        @Override
        public void testAborted(ExtensionContext context, Throwable cause) {
            results(context).fail(row, api, mode, cause);
        }
    }
}
