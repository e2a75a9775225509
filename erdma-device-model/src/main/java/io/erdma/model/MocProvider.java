package io.erdma.model;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.host.HalProvider;
import io.erdma.model.spec.CardSpec;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Cards for whoever looks for a HAL: provider {@code moc}. Option {@code card} names a card file (see {@link io.erdma.model.spec.CardFile}), without it the
 * card is {@link CardSpec#twoTenants()}; all other options are settings of the statement {@code card} and override the file's.
 */
public final class MocProvider implements HalProvider {
    /** For {@link java.util.ServiceLoader}. */
    public MocProvider() {}

    @Override
    public String name() {
        return "moc";
    }

    @Override
    public Moc open(Map<String, String> options) {
        Map<String, String> settings = new HashMap<>(options);
        String file = settings.remove("card");
        CardSpec spec = file == null ? CardSpec.twoTenants() : CardSpec.read(path(file));
        return Moc.of(spec.with(settings));
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new ErrnoException(Errno.EINVAL, "card=" + file + " is no path", e);
        }
    }
}
