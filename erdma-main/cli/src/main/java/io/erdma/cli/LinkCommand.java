package io.erdma.cli;

import io.erdma.cli.card.CardOptions;
import io.erdma.cli.card.Session;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.verbs.ErdmaDevice;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code erdma link}: links, as {@code rdma link} shows them. */
@Command(name = "link", description = "Links of a new card.", subcommands = LinkCommand.Show.class)
final class LinkCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: show.");
    }

    @Command(name = "show", description = "Shows the links of each host, as 'rdma link' does.")
    static final class Show implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Mixin private CardOptions card;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            try (Session session = Session.linked(card.spec())) {
                session.hosts().forEach((name, host) -> {
                    out.println("# " + name + " (new model card)");
                    host.devices().devices().forEach(device -> show(out, device));
                });
            }
            out.flush();
            return 0;
        }

        private static void show(PrintWriter out, ErdmaDevice device) {
            PortAttributes port = device.portAttributes(1);
            out.println("link %s/1 state %s physical_state %s netdev %s"
                    .formatted(device.name(), port.state(), port.physicalState(), device.netdev().name()));
        }
    }
}
