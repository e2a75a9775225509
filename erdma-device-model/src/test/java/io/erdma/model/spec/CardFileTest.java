package io.erdma.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CardFileTest {
    private static final String ALICE = "vport alice vpc=blue mac=02:00:00:00:00:01 ip=10.0.0.1\n";

    @Test
    void everyStatementAndSetting_isRead() {
        CardSpec card = CardSpec.parse("""
            # a card
            card  execution=threaded:2  strict=on scattered=on seed=77   # with a comment

            vport alice vpc=blue mac=02:00:00:00:00:01 ip=10.0.0.1,10.0.0.7 netdev=net3 mtu=9000 speed=100000 \
            tx-bits=1G tx-packets=2M rx-bits=3K rx-packets=4
            function alice bar=1M vectors=8 revision=2 version=3 protocol=rocev2 firmware=0x00010203 qp-blocks=4 \
            max-cqe-log2=10 max-receive-wr-log2=11 max-mr-size-log2=32 max-mws-log2=5 max-gids-log2=6 \
            max-ahs-log2=7 local-dma-key=0xFFFFFF01 congestion-control=2 atomics=off scattered-mtt=off \
            extended-doorbells=on reflush=off peer-wait=1500 receive-wait=20
            function alice
            vport bob vpc=blue mac=02:00:00:00:00:02 functions=none
            deny vpc=blue from=10.0.0.1 to=10.0.0.0/8 ports=7000-7999 traffic=rdma priority=10
            permit to=any ports=80
            """);

        assertThat(card.engineThreads()).isEqualTo(2);
        assertThat(card.strict()).isTrue();
        assertThat(card.scattered()).isTrue();
        assertThat(card.seed()).isEqualTo(77);
        VportSpec alice = card.vports().getFirst();
        assertThat(alice).isEqualTo(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1", "10.0.0.7")
                .netdev("net3").mtu(9000).speedMbits(100_000).transmit(new MeterSpec(1_000_000_000, 2_000_000))
                .receive(new MeterSpec(3000, 4))
                .functions(FunctionSpec.builder().barBytes(1 << 20).vectors(8).revision(2).version(3)
                        .protocol(FunctionSpec.ROCE_V2).firmwareVersion(0x10203).qpBlocks(4).maxCqeLog2(10)
                        .maxReceiveWrLog2(11).maxMrSizeLog2(32).maxMwsLog2(5).maxGidsLog2(6).maxAhsLog2(7)
                        .localDmaKey(0xFFFFFF01).congestionControl(2).atomics(false).scatteredMtt(false)
                        .extendedDoorbells(true).reflush(false).peerWait(Duration.ofMillis(1500))
                        .receiveWait(Duration.ofMillis(20))
                        .build(), FunctionSpec.defaults())
                .build());
        assertThat(card.vports().get(1).functions()).isEmpty();
        assertThat(card.rules()).containsExactly(
                new FlowRule(false, 10, Optional.of("blue"), Optional.of(Traffic.RDMA), Ipv4Prefix.parse("10.0.0.1"),
                        Ipv4Prefix.parse("10.0.0.0/8"), 7000, 7999),
                FlowRule.permit().ports(80, 80));
    }

    @Test
    void whatIsLeftOut_isAsTheBuilderHasIt() {
        CardSpec card = CardSpec.parse(ALICE);

        assertThat(card).isEqualTo(CardSpec.builder()
                .vport(VportSpec.builder("alice", "blue", "02:00:00:00:00:01", "10.0.0.1").build()).build());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "vport                                             | EINVAL | needs a name",
        "vport bob mac=02:00:00:00:00:02                   | EINVAL | needs vpc=",
        "vport bob vpc=blue                                | EINVAL | needs mac=",
        "vport bob vpc=blue mac=02:00                      | EINVAL | '02:00' is no MAC address",
        "vport bob vpc=blue mac=01:00:00:00:00:02          | EINVAL | can't have MAC address",
        "vport bob vpc=blue mac=02:00:00:00:00:02 ip=10.0.0.300 | EINVAL | '10.0.0.300' is no IPv4 address",
        "vport bob vpc=blue mac=02:00:00:00:00:02 ip=10.1  | EINVAL | '10.1' is no IPv4 address",
        "vport bob vpc=blue mac=02:00:00:00:00:02 ip=127.0.0.1 | EINVAL | can't have address",
        "vport bob vpc=blue mac=02:00:00:00:00:02 ip=10.0.0.9,10.0.0.9 | EEXIST | names an address twice",
        "vport bob vpc=blue mac=02:00:00:00:00:02 mtu=67   | EINVAL | MTU 67",
        "vport bob vpc=blue mac=02:00:00:00:00:02 speed=0  | EINVAL | speed of 0",
        "vport bob vpc=blue mac=02:00:00:00:00:02 netdev=abcdefghijklmnop | EINVAL | netdev name",
        "vport bob vpc=blue mac=02:00:00:00:00:02 tx-bits=-1 | EINVAL | limits of -1",
        "vport bob vpc=blue mac=02:00:00:00:00:02 functions=2 | EINVAL | functions=2",
        "vport alice vpc=red mac=02:00:00:00:00:02         | EEXIST | vport alice is there already",
        "vport bob vpc=blue macc=02:00:00:00:00:02 mac=02:00:00:00:00:02 | EINVAL | has no setting macc",
        "vport bob vpc=blue vpc=red mac=02:00:00:00:00:02  | EEXIST | 'vpc' is given twice",
        "vport bob blue                                    | EINVAL | 'blue' is no key=value",
        "vprt bob                                          | EINVAL | unknown statement 'vprt'",
        "function carol                                    | EINVAL | no vport carol above",
        "function alice vectors=0                          | EINVAL | vectors 0 is not in 1…32",
        "function alice vectors=x                          | EINVAL | vectors=x is no number",
        "function alice bar=9999999999G                    | EINVAL | too large",
        "function alice local-dma-key=0x1FFFFFFFF          | EINVAL | is no 32-bit number",
        "function alice protocol=ib                        | EINVAL | neither iwarp nor rocev2",
        "function alice atomics=yes                        | EINVAL | neither on nor off",
        "function alice peer-wait=soon                     | EINVAL | peer-wait=soon is no number",
        "card execution=fast                               | EINVAL | neither inline nor threaded:N",
        "card execution=threaded:                          | EINVAL | no number of threads",
        "card execution=threaded:0                         | EINVAL | neither inline nor threaded:N",
        "card moc strict=on                                | EINVAL | 'moc' is no key=value",
        "deny from=10.0.0.1/33                             | EINVAL | prefix length 33",
        "deny from=10.0.0.1/8                              | EINVAL | bits beyond its prefix",
        "deny from=10.0.0.1/x                              | EINVAL | is no IPv4 prefix",
        "deny ports=70000                                  | EINVAL | ports 70000",
        "deny ports=5-4                                    | EINVAL | ports 5–4",
        "deny ports=http                                   | EINVAL | ports=http",
        "deny traffic=udp                                  | EINVAL | neither stream nor rdma",
        "permit all                                        | EINVAL | 'all' is no key=value" })
    void aBadLine_isNamedWithItsNumber_andWhatIsWrong(String line, Errno errno, String reason) {
        assertThatThrownBy(() -> CardSpec.parse(ALICE + "\n" + line))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                .hasMessageStartingWith(errno + ": card:3: ").hasMessageContaining(reason);
    }

    @Test
    void twoCardLines_areEexist() {
        assertThatThrownBy(() -> CardSpec.parse("card seed=1\ncard seed=2\n" + ALICE)).hasMessageContaining("card:2:");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "vport bob vpc=blue mac=02:00:00:00:00:01 ip=10.0.0.2 | EEXIST | MAC address 02:00:00:00:00:01 in VPC blue",
        "vport bob vpc=blue mac=02:00:00:00:00:02 ip=10.0.0.1 | EEXIST | address 10.0.0.1 in VPC blue" })
    void whatCollidesOnTheCard_namesTheFile(String line, Errno errno, String reason) {
        assertThatThrownBy(() -> CardSpec.parse(ALICE + line))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno))
                .hasMessageContaining("card: ").hasMessageContaining(reason);
    }

    @Test
    void theSameAddressesInTwoVpcs_areNoCollision() {
        assertThat(CardSpec.parse(ALICE + "vport bob vpc=red mac=02:00:00:00:00:01 ip=10.0.0.1").vports()).hasSize(2);
    }

    @Test
    void anEmptyCard_isEinval() {
        assertThatThrownBy(() -> CardSpec.parse("# nothing\n")).hasMessageContaining("without vports");
    }

    @Test
    void read_namesTheFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("x.card"), "nonsense\n");
        Path binary = Files.write(folder.resolve("y.card"), new byte[]{ (byte) 0xC3, 0x28 });

        assertThatThrownBy(() -> CardSpec.read(file)).hasMessageContaining(file + ":1: ");
        assertThatThrownBy(() -> CardSpec.read(binary)).hasMessageContaining("no UTF-8 text");
        assertThatThrownBy(() -> CardSpec.read(folder.resolve("z.card")))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        assertThatThrownBy(() -> CardSpec.read(folder))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }

    @Test
    void read_takesAMebibyte_andNoMore(@TempDir Path folder) throws IOException {
        String card = "vport alice vpc=blue mac=02:00:00:00:00:01\n#";
        Path longest = Files.writeString(folder.resolve("x.card"), card + "x".repeat((1 << 20) - card.length()));
        Path longer = Files.writeString(folder.resolve("y.card"), card + "x".repeat((1 << 20) - card.length() + 1));

        assertThat(CardSpec.read(longest).vports()).hasSize(1);
        assertThatThrownBy(() -> CardSpec.read(longer))
                .hasMessage("EINVAL: " + longer + " is longer than 1048576 bytes");
    }

    @Test
    void twoTenants_isTheCardOfTheExamples() {
        CardSpec card = CardSpec.twoTenants();

        assertThat(card.vports()).extracting(VportSpec::name).containsExactly("alice", "bob", "mallory");
        assertThat(card.vports()).extracting(VportSpec::vpc).containsExactly("blue", "blue", "red");
        assertThat(card.vports().getFirst().mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(card.engineThreads()).isZero();
        assertThat(card.toBuilder().build()).isEqualTo(card);
    }
}
