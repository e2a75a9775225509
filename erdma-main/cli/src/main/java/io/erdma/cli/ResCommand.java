package io.erdma.cli;

import io.erdma.cli.card.CardOptions;
import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Conversation;
import io.erdma.cli.card.Session;
import io.erdma.cm.RdmaCmId;
import io.erdma.core.verbs.Access;
import io.erdma.driver.Host;
import io.erdma.verbs.DeviceSnapshot;
import io.erdma.verbs.ErdmaDevice;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code erdma res}: objects, as {@code rdma resource} shows them. */
@Command(name = "res", description = "Resources of a new card with one live connection.",
        subcommands = ResCommand.Show.class)
final class ResCommand implements Runnable {
    private static final int BYTES = 1 << 20;

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name what to do: show.");
    }

    enum Kind {
        QP,
        CQ,
        MR,
        PD,
        CM_ID;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Command(name = "show", description = "Shows the objects of one kind, as 'rdma resource show' does.")
    static final class Show implements Callable<Integer> {
        @Spec private CommandSpec spec;
        @Mixin private CardOptions card;

        @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}") private Kind kind;

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            try (Session session = Session.linked(card.spec());
                    Arena arena = Arena.ofShared();
                    Conversation talk = Conversation.between(session, Cast.of(session.card().spec()))) {
                talk.out().register(arena.allocate(BYTES), Access.LOCAL_WRITE);
                talk.in().register(arena.allocate(BYTES), Access.LOCAL_WRITE, Access.REMOTE_WRITE, Access.REMOTE_READ);
                session.hosts().forEach((name, host) -> {
                    out.println("# " + name + " (new model card)");
                    show(out, host);
                });
            }
            out.flush();
            return 0;
        }

        private void show(PrintWriter out, Host host) {
            if (kind == Kind.CM_ID) {
                host.cm().ids().forEach(id -> show(out, id));
                return;
            }
            host.devices().devices().forEach(device -> show(out, device.snapshot()));
        }

        private void show(PrintWriter out, DeviceSnapshot device) {
            switch (kind) {
                case QP -> device.queuePairs().forEach(qp -> out.println(
                        "link %s/1 lqpn %d type RC state %s pdn %d scqn %d rcqn %d sq %s rq %s".formatted(
                                device.name(), qp.qpn(), qp.state(), qp.pdn(), qp.sendCqn(), qp.receiveCqn(),
                                ring(qp.sendRing().producerIndex(), qp.sendRing().consumerIndex(),
                                        qp.sendRing().depth()),
                                ring(qp.receiveRing().producerIndex(), qp.receiveRing().consumerIndex(),
                                        qp.receiveRing().depth()))));
                case CQ -> device.completionQueues().forEach(cq -> out.println(
                        "dev %s cqn %d cqe %d users %d comp-vector %d polled %d arms %d events %d".formatted(
                                device.name(), cq.cqn(), cq.entries(), cq.users(), cq.completionVector(),
                                cq.consumerIndex(),
                                cq.arms(), cq.events())));
                case MR -> device.memoryRegions().forEach(mr -> out.println(
                        "dev %s mrn %d rkey 0x%x lkey 0x%x iova 0x%x mrlen %d pdn %d kind %s access %s page %d level %d"
                                .formatted(device.name(), mr.index(), mr.rkey(), mr.lkey(), mr.iova(), mr.length(),
                                        mr.pdn(),
                                        mr.kind(), Access.of(mr.access()), mr.pageBytes(), mr.tableLevel())));
                case PD -> device.protectionDomains().forEach(pd -> out.println(
                        "dev %s pdn %d users %d".formatted(device.name(), pd.pdn(), pd.users())));
                case CM_ID -> throw new IllegalStateException("ids are not the device's");
            }
        }

        private static void show(PrintWriter out, RdmaCmId id) {
            out.println("link %s/1 state %s ps TCP src-addr %s%s".formatted(
                    id.device().map(ErdmaDevice::name).orElse("-"), id.state(), text(id.localAddress()),
                    id.remoteAddress().map(peer -> " dst-addr " + text(peer)).orElse("")));
        }

        private static String text(InetSocketAddress address) {
            return address.getAddress().getHostAddress() + ":" + address.getPort();
        }

        private static String ring(int producer, int consumer, int depth) {
            return "%d/%d".formatted((producer - consumer) & 0xFFFF, depth);
        }
    }
}
