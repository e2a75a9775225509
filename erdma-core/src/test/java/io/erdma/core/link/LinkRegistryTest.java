package io.erdma.core.link;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevEvent;
import io.erdma.core.net.NetdevRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkRegistryTest {
    private static final MacAddress MAC = MacAddress.parse("00:16:3e:00:00:01");

    private final NetdevRegistry netdevs = new NetdevRegistry();
    private final Netdev eth0 = netdevs.register("eth0", MAC, 1500, 1);
    private final Netdev eth1 = netdevs.register("eth1", new MacAddress(2), 1500, 1);
    private final LinkRegistry links = new LinkRegistry(netdevs);
    private final List<String> removed = new ArrayList<>();
    private final List<Optional<String>> asked = new ArrayList<>();

    private final class PlainLink implements Link {
        private final String name;
        private final String type;
        private final Netdev netdev;

        PlainLink(String name, String type, Netdev netdev) {
            this.name = name;
            this.type = type;
            this.netdev = netdev;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String type() {
            return type;
        }

        @Override
        public Netdev netdev() {
            return netdev;
        }

        @Override
        public void remove() {
            removed.add(name);
            if (name.startsWith("bad")) {
                throw new IllegalStateException(name);
            }
        }
    }

    private final class PlainType implements LinkType {
        private final String name;

        PlainType(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Link create(String linkName, Netdev netdev, Optional<String> function) {
            asked.add(function);
            if (linkName.startsWith("fail")) {
                throw new ErrnoException(Errno.EINVAL, "no function has the MAC of " + netdev);
            }
            return new PlainLink(linkName, name, netdev);
        }
    }

    LinkRegistryTest() {
        links.registerType(new PlainType("erdma"));
    }

    private List<String> names() {
        return links.links().stream().map(Link::name).toList();
    }

    @Test
    void newlink_bindsTheInterface_andListsTheLink() {
        Link link = links.newlink("erdma", "erdma0", "eth0");
        assertThat(link.netdev()).isSameAs(eth0);
        links.newlink("erdma", "erdma1", "eth1", Optional.of("0000:00:05.0"));
        assertThat(names()).containsExactly("erdma0", "erdma1");
        assertThat(asked).containsExactly(Optional.empty(), Optional.of("0000:00:05.0"));
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "erdma%d", "%", "x234567890123456789012345678901234567890123456789012345678901234" })
    void newlink_withABadName_isRefused(String name) {
        assertErrno(Errno.EINVAL, () -> links.newlink("erdma", name, "eth0")).contains("'" + name + "'");
        assertThat(asked).isEmpty();
        assertThat(names()).isEmpty();
    }

    @Test
    void newlink_withALongestName_isTaken() {
        String longest = "x".repeat(LinkRegistry.MAX_LINK_NAME);
        links.newlink("erdma", longest, "eth0");
        assertThat(names()).containsExactly(longest);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "a234567890123456", "siw" })
    void newlink_ofABadOrUnknownType_isRefused(String type) {
        assertErrno(Errno.EINVAL, () -> links.newlink(type, "erdma0", "eth0")).contains("'" + type + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "a234567890123456" })
    void newlink_ofABadInterfaceName_isRefused(String netdev) {
        assertErrno(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", netdev)).contains("'" + netdev + "'");
    }

    @Test
    void newlink_ofAnUnknownInterface_isRefused() {
        assertErrno(Errno.ENODEV, () -> links.newlink("erdma", "erdma0", "eth9")).contains("eth9");
    }

    @Test
    void newlink_ofATakenName_orATakenInterface_isRefused() {
        links.newlink("erdma", "erdma0", "eth0");
        assertErrno(Errno.EEXIST, () -> links.newlink("erdma", "erdma0", "eth1")).contains("erdma0");
        assertErrno(Errno.EEXIST, () -> links.newlink("erdma", "erdma1", "eth0")).contains("eth0").contains("erdma0");
        assertThat(names()).containsExactly("erdma0");
        assertThat(asked).hasSize(1);
    }

    @Test
    void newlink_ofAnotherType_mayShareTheInterface_butNotTheName() {
        links.registerType(new PlainType("own"));
        links.newlink("erdma", "erdma0", "eth0");
        links.newlink("own", "own0", "eth0");
        assertErrno(Errno.EEXIST, () -> links.newlink("own", "erdma0", "eth1"));
        assertThat(names()).containsExactly("erdma0", "own0");
    }

    @Test
    void newlink_thatTheTypeRefuses_leavesNothing() {
        assertErrno(Errno.EINVAL, () -> links.newlink("erdma", "fail", "eth0")).contains(MAC.toString());
        assertThat(names()).isEmpty();
        links.newlink("erdma", "erdma0", "eth0");
    }

    @Test
    void registerType_ofABadOrTakenName_isRefused() {
        assertErrno(Errno.EINVAL, () -> links.registerType(new PlainType(""))).contains("''");
        assertErrno(Errno.EINVAL, () -> links.registerType(new PlainType("a234567890123456")));
        assertErrno(Errno.EEXIST, () -> links.registerType(new PlainType("erdma"))).contains("erdma");
        links.registerType(new PlainType("a23456789012345"));
    }

    @Test
    void dellink_removesTheLink_once() {
        links.newlink("erdma", "erdma0", "eth0");
        links.dellink("erdma0");
        assertThat(removed).containsExactly("erdma0");
        assertThat(names()).isEmpty();
        assertErrno(Errno.ENODEV, () -> links.dellink("erdma0")).contains("erdma0");
        links.newlink("erdma", "erdma0", "eth0");
    }

    @Test
    void dellink_ofALinkThatFailsToGo_saysSo_andForgetsIt() {
        links.newlink("erdma", "bad", "eth0");
        assertThatIllegalStateException().isThrownBy(() -> links.dellink("bad"));
        assertThat(names()).isEmpty();
    }

    @Test
    void unregisterType_takesItsLinksOnly() {
        links.registerType(new PlainType("own"));
        links.newlink("erdma", "erdma0", "eth0");
        links.newlink("own", "own0", "eth0");
        links.unregisterType("erdma");
        links.unregisterType("erdma");
        assertThat(removed).containsExactly("erdma0");
        assertThat(names()).containsExactly("own0");
        assertErrno(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", "eth0"));
    }

    @Test
    void interfaceThatGoes_takesItsLinks_andOnlyThose() {
        links.newlink("erdma", "erdma0", "eth0");
        links.newlink("erdma", "erdma1", "eth1");
        netdevs.unregister(eth0);
        assertThat(removed).containsExactly("erdma0");
        assertThat(names()).containsExactly("erdma1");
    }

    @Test
    void interfaceThatIsGoing_isNotBoundAgain_byAnObserverBehind() {
        List<Errno> refusals = new ArrayList<>();
        netdevs.subscribe((netdev, event) -> {
            if (event == NetdevEvent.UNREGISTER) {
                try {
                    links.newlink("erdma", "again", netdev.name());
                } catch (ErrnoException e) {
                    refusals.add(e.errno());
                }
            }
        });
        netdevs.unregister(eth0);
        assertThat(refusals).containsExactly(Errno.ENODEV);
        netdevs.register("eth0", MAC, 1500, 1);
        links.newlink("erdma", "again", "eth0");
    }

    @Test
    void macAddressThatChanges_takesTheLink_otherChangesDoNot() {
        links.newlink("erdma", "erdma0", "eth0");
        eth0.setUp(true);
        eth0.setMtu(9000);
        eth0.setUp(false);
        assertThat(removed).isEmpty();
        eth0.setAddress(new MacAddress(9));
        assertThat(removed).containsExactly("erdma0");
    }

    @Test
    void linkThatFailsToGo_doesNotKeepTheOthers() {
        links.newlink("erdma", "bad", "eth0");
        links.newlink("erdma", "erdma1", "eth1");
        assertThatIllegalStateException().isThrownBy(links::close);
        assertThat(removed).containsExactly("bad", "erdma1");
        assertThat(names()).isEmpty();
    }

    @Test
    void forget_dropsALinkWithoutRemovingIt_andOnlyThatOne() {
        Link link = links.newlink("erdma", "erdma0", "eth0");
        links.forget(new PlainLink("erdma0", "erdma", eth0));
        assertThat(names()).containsExactly("erdma0");
        links.forget(link);
        assertThat(names()).isEmpty();
        assertThat(removed).isEmpty();
    }

    @Test
    void close_removesAll_leavesTheChain_andTakesNothingMore() {
        links.newlink("erdma", "erdma0", "eth0");
        links.close();
        links.close();
        assertThat(removed).containsExactly("erdma0");
        assertErrno(Errno.ENODEV, () -> links.registerType(new PlainType("own"))).contains("own");
        assertErrno(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", "eth0"));
    }
}
