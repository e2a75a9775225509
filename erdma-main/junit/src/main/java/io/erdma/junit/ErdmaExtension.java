package io.erdma.junit;

import io.erdma.model.Moc;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives tests their hosts; see {@link ErdmaTest}. What a test was given is closed, and checked for leaks, after it. */
public final class ErdmaExtension implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(ErdmaExtension.class);

    /** For JUnit. */
    public ErdmaExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == ConnectedHosts.class || type == Moc.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ConnectedHosts hosts = context.getStore(NAMESPACE)
                .computeIfAbsent(ConnectedHosts.class, _ -> make(context), ConnectedHosts.class);
        return parameter.getParameter().getType() == Moc.class ? hosts.card() : hosts;
    }

    private static ConnectedHosts make(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), ErdmaTest.class)
                .or(() -> AnnotationSupport.findAnnotation(context.getTestClass(), ErdmaTest.class))
                .map(test -> ConnectedHosts.on(test.engineThreads(), test.strict()))
                .orElseGet(() -> ConnectedHosts.on(0, true));
    }
}
