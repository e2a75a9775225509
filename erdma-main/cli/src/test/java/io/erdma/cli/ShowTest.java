package io.erdma.cli;

import static io.erdma.cli.Ran.erdma;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** devinfo, link show and res show: what they print of a card that is known. */
class ShowTest {
    @TempDir private Path folder;
    private String card;

    @BeforeEach
    void describeACard() throws IOException {
        card = Files.writeString(folder.resolve("x.card"), """
            vport    ann  vpc=blue mac=02:00:00:00:0a:01 ip=10.1.0.1 netdev=ens5 mtu=4500
            vport    ben  vpc=blue mac=02:00:00:00:0a:02 ip=10.1.0.2
            vport    carl vpc=blue mac=02:00:00:00:0a:03 ip=10.1.0.3 functions=none
            function ann  vectors=2 firmware=0x30005 max-cqe-log2=10 atomics=off
            """).toString();
    }

    @Test
    void devinfo_showsEachDevice_asIbvDevinfo() {
        Ran ran = erdma("devinfo", "--card", card).assertDone();

        assertThat(ran.lines()).containsExactly(
                "hca_id:\terdma0\t(host ann, new model card)",
                "\ttransport:                      iWARP (1)",
                "\tfw_ver:                         3.5",
                "\tnode_guid:                      0000:00ff:fe00:0a01",
                "\tsys_image_guid:                 0000:00ff:fe00:0a01",
                "\tvendor_id:                      0x1ded",
                "\tvendor_part_id:                 4223",
                "\thw_ver:                         0x1",
                "\tphys_port_cnt:                  1",
                "\t\tport:\t1",
                "\t\t\tstate:                  PORT_ACTIVE (4)",
                "\t\t\tmax_mtu:                4096 (5)",
                "\t\t\tactive_mtu:             4096 (5)",
                "\t\t\tlink_layer:             Ethernet",
                "",
                "hca_id:\terdma0\t(host ben, new model card)",
                "\ttransport:                      iWARP (1)",
                "\tfw_ver:                         1.0",
                "\tnode_guid:                      0000:00ff:fe00:0a02",
                "\tsys_image_guid:                 0000:00ff:fe00:0a02",
                "\tvendor_id:                      0x1ded",
                "\tvendor_part_id:                 4223",
                "\thw_ver:                         0x1",
                "\tphys_port_cnt:                  1",
                "\t\tport:\t1",
                "\t\t\tstate:                  PORT_ACTIVE (4)",
                "\t\t\tmax_mtu:                1024 (3)",
                "\t\t\tactive_mtu:             1024 (3)",
                "\t\t\tlink_layer:             Ethernet",
                "");
    }

    @Test
    void devinfo_v_showsTheLimitsToo() {
        List<String> lines = erdma("devinfo", "-v", "--card", card).assertDone().lines();
        List<String> first = lines.subList(0, lines.indexOf(""));

        assertThat(first).contains(
                "\tmax_mr_size:                    0x10000000000",
                "\tmax_qp:                         1023",
                "\tmax_qp_wr:                      8192",
                "\tmax_sge:                        6",
                "\tmax_cq:                         2047",
                "\tmax_cqe:                        1024",
                "\tatomic_cap:                     ATOMIC_NONE (0)",
                "\tmem_mgt_extensions:             yes",
                "\tnum_comp_vectors:               1",
                "\t\t\tphys_state:             LINK_UP (5)",
                "\t\t\tGID[0]:                 0200:0000:0a01:0000:0000:0000:0000:0000",
                "\t\t\tnetdev:                 ens5 (02:00:00:00:0a:01)");
        assertThat(lines).contains(
                "\tmax_cqe:                        1048576",
                "\tatomic_cap:                     ATOMIC_GLOB (2)");
        assertThat(erdma("devinfo", "--verbose", "--card", card).lines()).isEqualTo(lines);
    }

    @Test
    void devinfo_ofACardWithoutDevices_isEnodev() throws IOException {
        Path none = Files.writeString(folder.resolve("none.card"),
                "vport a vpc=x mac=02:00:00:00:00:01 functions=none\n");

        erdma("devinfo", "--card", none.toString()).assertRefused(1, "ENODEV: no host of the new card has a device");
    }

    @Test
    void linkShow_showsEachHostsLinks_asRdmaLink() {
        assertThat(erdma("link", "show", "--card", card).assertDone().lines()).containsExactly(
                "# ann (new model card)",
                "link erdma0/1 state ACTIVE physical_state LINK_UP netdev ens5",
                "# ben (new model card)",
                "link erdma0/1 state ACTIVE physical_state LINK_UP netdev eth0",
                "# carl (new model card)");
    }

    @Test
    void withoutACard_thereAreAliceBobAndMallory() {
        assertThat(erdma("link", "show").assertDone().lines()).contains(
                "# alice (new model card)", "# bob (new model card)", "# mallory (new model card)");
    }

    @Test
    void resShow_showsWhatOneConnectionConsistsOf() {
        assertThat(res("qp")).containsExactly(
                "# ann (new model card)",
                "link erdma0/1 lqpn 1 type RC state RTS pdn 1 scqn 1 rcqn 1 sq 0/512 rq 0/128",
                "# ben (new model card)",
                "link erdma0/1 lqpn 1 type RC state RTS pdn 1 scqn 1 rcqn 1 sq 0/512 rq 0/128",
                "# carl (new model card)");
        assertThat(res("cq")).containsExactly(
                "# ann (new model card)",
                "dev erdma0 cqn 1 cqe 256 users 2 comp-vector 0 polled 0 arms 0 events 0",
                "# ben (new model card)",
                "dev erdma0 cqn 1 cqe 256 users 2 comp-vector 0 polled 0 arms 0 events 0",
                "# carl (new model card)");
        assertThat(res("pd")).containsExactly(
                "# ann (new model card)",
                "dev erdma0 pdn 1 users 2",
                "# ben (new model card)",
                "dev erdma0 pdn 1 users 2",
                "# carl (new model card)");
        assertThat(res("cm_id")).containsExactly(
                "# ann (new model card)",
                "link erdma0/1 state CONNECT ps TCP src-addr 10.1.0.1:32768 dst-addr 10.1.0.2:7174",
                "# ben (new model card)",
                "link erdma0/1 state CONNECT ps TCP src-addr 10.1.0.2:7174 dst-addr 10.1.0.1:32768",
                "# carl (new model card)");
    }

    @Test
    void resShowMr_showsKeysLengthsAndRights() {
        List<String> lines = res("MR");

        assertThat(lines).hasSize(5);
        assertThat(lines.get(1)).matches("dev erdma0 mrn 1 rkey 0x100 lkey 0x100 iova 0x[0-9a-f]+ mrlen 1048576 pdn 1"
                + " kind USER access \\[LOCAL_WRITE] page \\d+ level \\d");
        assertThat(lines.get(3)).contains("access [LOCAL_WRITE, REMOTE_WRITE, REMOTE_READ]");
    }

    @Test
    void resShow_withoutALink_says_whatCannotBeReached() throws IOException {
        Path roce = Files.writeString(folder.resolve("roce.card"), """
            vport    a vpc=x mac=02:00:00:00:00:01 ip=10.0.0.1
            vport    b vpc=x mac=02:00:00:00:00:02 ip=10.0.0.2
            function a protocol=rocev2
            """);

        erdma("res", "show", "qp", "--card", roce.toString()).assertRefused(1, "ENODEV: cannot reach");
    }

    private List<String> res(String kind) {
        return erdma("res", "show", kind, "--card", card).assertDone().lines();
    }
}
