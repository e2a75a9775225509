package io.erdma.cli;

import io.erdma.cli.card.CardOptions;
import io.erdma.cli.card.Session;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.verbs.ErdmaDevice;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code erdma devinfo}: every device of the card, as {@code ibv_devinfo} shows devices. */
@Command(name = "devinfo", description = "Shows the devices of a new card, as ibv_devinfo does.")
final class DevinfoCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private CardOptions card;

    @Option(names = { "-v", "--verbose" }, description = "Shows all attributes.") private boolean verbose;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Session session = Session.linked(card.spec())) {
            if (session.hosts().values().stream().allMatch(host -> host.device(Session.LINK).isEmpty())) {
                throw new ErrnoException(Errno.ENODEV, "no host of the new card has a device");
            }
            session.hosts()
                    .forEach((name, host) -> host.device(Session.LINK).ifPresent(device -> show(out, name, device)));
        }
        out.flush();
        return 0;
    }

    private void show(PrintWriter out, String host, ErdmaDevice device) {
        DeviceAttributes attributes = device.attributes();
        out.println("hca_id:\t" + device.name() + "\t(host " + host + ", new model card)");
        line(out, "transport", "iWARP (1)");
        line(out, "fw_ver", firmware(attributes.firmwareVersion()));
        line(out, "node_guid", guid(attributes.nodeGuid()));
        line(out, "sys_image_guid", guid(attributes.systemImageGuid()));
        line(out, "vendor_id", "0x%04x".formatted(attributes.vendorId()));
        line(out, "vendor_part_id", attributes.vendorPartId());
        line(out, "hw_ver", "0x%X".formatted(attributes.hardwareVersion()));
        line(out, "phys_port_cnt", 1);
        if (verbose) {
            showLimits(out, device, attributes);
        }
        showPort(out, device);
        out.println();
    }

    private static void showLimits(PrintWriter out, ErdmaDevice device, DeviceAttributes attributes) {
        line(out, "max_mr_size", "0x%x".formatted(attributes.maxMrSize()));
        line(out, "page_size_cap", "0x%x".formatted(attributes.pageSizes()));
        line(out, "max_qp", attributes.maxQp());
        line(out, "max_qp_wr", attributes.maxQpWr());
        line(out, "max_sge", attributes.maxSendSge());
        line(out, "max_recv_sge", attributes.maxRecvSge());
        line(out, "max_sge_rd", attributes.maxReadSge());
        line(out, "max_cq", attributes.maxCq());
        line(out, "max_cqe", attributes.maxCqe());
        line(out, "max_mr", attributes.maxMr());
        line(out, "max_pd", attributes.maxPd());
        line(out, "max_qp_rd_atom", attributes.maxQpRdAtomic());
        line(out, "max_qp_init_rd_atom", attributes.maxQpInitRdAtomic());
        line(out, "max_res_rd_atom", attributes.maxResRdAtomic());
        line(out, "atomic_cap", attributes.atomicCapable() ? "ATOMIC_GLOB (2)" : "ATOMIC_NONE (0)");
        line(out, "max_mw", attributes.maxMw());
        line(out, "max_ah", attributes.maxAh());
        line(out, "max_fast_reg_pages", attributes.maxFastRegPages());
        line(out, "mem_mgt_extensions", attributes.memoryManagementExtensions() ? "yes" : "no");
        line(out, "num_comp_vectors", device.completionVectors());
    }

    private void showPort(PrintWriter out, ErdmaDevice device) {
        PortAttributes port = device.portAttributes(1);
        out.println("\t\tport:\t1");
        portLine(out, "state", "PORT_" + port.state() + " (" + port.state().ordinal() + ")");
        portLine(out, "max_mtu", mtu(port.maxMtu()));
        portLine(out, "active_mtu", mtu(port.activeMtu()));
        portLine(out, "link_layer", "Ethernet");
        if (verbose) {
            portLine(out, "max_msg_sz", "0x%x".formatted(port.maxMessageBytes()));
            portLine(out, "port_cap_flags", "0x%08x".formatted(port.capabilityMask()));
            portLine(out, "gid_tbl_len", port.gidTableLength());
            portLine(out, "pkey_tbl_len", port.pkeyTableLength());
            portLine(out, "active_width", port.activeWidth());
            portLine(out, "active_speed", port.activeSpeed());
            portLine(out, "phys_state", port.physicalState() + " (" + port.physicalState().number() + ")");
            portLine(out, "GID[0]", device.gid(1, 0));
            portLine(out, "netdev", device.netdev());
        }
    }

    private static String mtu(Mtu mtu) {
        return mtu.bytes() + " (" + (mtu.ordinal() + 1) + ")";
    }

    private static String firmware(int version) {
        return (version >>> 16) + "." + (version & 0xFFFF);
    }

    private static String guid(long guid) {
        return "%04x:%04x:%04x:%04x".formatted(guid >>> 48, guid >>> 32 & 0xFFFF, guid >>> 16 & 0xFFFF, guid & 0xFFFF);
    }

    private static void line(PrintWriter out, String name, Object value) {
        out.println("\t%-32s%s".formatted(name + ":", value));
    }

    private static void portLine(PrintWriter out, String name, Object value) {
        out.println("\t\t\t%-24s%s".formatted(name + ":", value));
    }
}
