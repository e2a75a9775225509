package io.erdma.core.host;

import java.util.List;
import java.util.Map;

/**
 * A source of machines with functions, found by {@link java.util.ServiceLoader}. Providers are declared both in {@code module-info} and in
 * {@code META-INF/services}, so that they are found on the module path and on the class path.
 */
public interface HalProvider {
    /** Short name, such as {@code moc}. */
    String name();

    /**
     * Opens the provider's machines.
     *
     * @param options provider-specific settings; EINVAL for one that is unknown or has a bad value
     */
    Instance open(Map<String, String> options);

    /** Open machines. Closing them closes all that they hold. */
    interface Instance extends AutoCloseable {
        /** The machines, at least one. */
        List<Machine> machines();

        @Override
        void close();
    }
}
