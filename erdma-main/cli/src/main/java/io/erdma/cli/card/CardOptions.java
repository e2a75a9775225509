package io.erdma.cli.card;

import io.erdma.model.spec.CardSpec;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which card a subcommand works on. A card lives as long as the command: each run has a new one. */
public final class CardOptions {
    @Option(
            names = "--card", paramLabel = "FILE",
            description = { "Describes the card: virtual networks, vports, MACs, addresses, capabilities, execution.",
                "Without it: alice and bob in one virtual network, mallory in another." }) private Optional<Path> file = Optional
                        .empty();

    /** For picocli. */
    public CardOptions() {}

    /** The card that was described, or the default one. ENOENT, EIO, EINVAL, EEXIST as {@link CardSpec#read}. */
    public CardSpec spec() {
        return file.map(CardSpec::read).orElseGet(CardSpec::twoTenants);
    }

    /** Whether a card was described. */
    public boolean given() {
        return file.isPresent();
    }
}
