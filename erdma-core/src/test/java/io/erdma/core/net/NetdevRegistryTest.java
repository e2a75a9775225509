package io.erdma.core.net;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetdevRegistryTest {
    private static final MacAddress MAC = MacAddress.parse("00:16:3e:00:00:01");
    private static final Inet4Address ONE = Inet4Address.ofLiteral("10.0.0.1");
    private static final Inet4Address TWO = Inet4Address.ofLiteral("10.0.0.2");

    private final NetdevRegistry registry = new NetdevRegistry();
    private final List<String> events = new ArrayList<>();

    private Netdev observed() {
        Netdev netdev = registry.register("eth0", MAC, 1500, 25_000);
        registry.subscribe((changed, event) -> events.add(changed.name() + " " + event));
        return netdev;
    }

    @Test
    void newInterface_isDown_withoutAddress_andHasItsPermanentMac() {
        Netdev netdev = registry.register("eth0", MAC, 1500, 25_000);
        assertThat(netdev.name()).isEqualTo("eth0");
        assertThat(netdev.index()).isEqualTo(1);
        assertThat(netdev.permanentAddress()).isEqualTo(MAC).isEqualTo(netdev.address());
        assertThat(netdev.mtu()).isEqualTo(1500);
        assertThat(netdev.speedMbits()).isEqualTo(25_000);
        assertThat(netdev.up()).isFalse();
        assertThat(netdev.carrier()).isTrue();
        assertThat(netdev.running()).isFalse();
        assertThat(netdev.inetAddresses()).isEmpty();
        assertThat(netdev).hasToString("eth0 (00:16:3e:00:00:01)");
    }

    @Test
    void interfaces_areFoundByNameAndAddress_inOrderOfIndex_andIndicesAreNotReused() {
        Netdev first = registry.register("eth0", MAC, 1500, 1);
        Netdev second = registry.register("eth1", MAC, 1500, 1);
        second.addInetAddress(ONE);
        assertThat(registry.all()).containsExactly(first, second);
        assertThat(registry.byName("eth1")).containsSame(second);
        assertThat(registry.byName("eth2")).isEmpty();
        assertThat(registry.byInetAddress(ONE)).containsSame(second);
        assertThat(registry.byInetAddress(TWO)).isEmpty();
        registry.unregister(second);
        assertThat(registry.byInetAddress(ONE)).isEmpty();
        assertThat(registry.register("eth1", MAC, 1500, 1).index()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "a234567890123456", ".", "..", "a/b", "a b", "a:1", "tab\t", "line\n" })
    void register_withABadName_isRefused(String name) {
        assertErrno(Errno.EINVAL, () -> registry.register(name, MAC, 1500, 1)).contains("'" + name + "'");
        assertThat(registry.all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = { "a23456789012345", "...", ".a", "é" })
    void register_withAnOddButGoodName_isTaken(String name) {
        assertThat(registry.register(name, MAC, 1500, 1).name()).isEqualTo(name);
    }

    @Test
    void register_withATakenName_orABadMtu_isRefused() {
        registry.register("eth0", MAC, 1500, 1);
        assertErrno(Errno.EEXIST, () -> registry.register("eth0", MAC, 1500, 1)).contains("eth0");
        assertErrno(Errno.EINVAL, () -> registry.register("eth1", MAC, 67, 1)).contains("67");
        assertThat(registry.all()).hasSize(1);
    }

    @Test
    void upAndDown_areEvents_whenTrafficBeginsOrEnds() {
        Netdev netdev = observed();
        netdev.setCarrier(false);
        netdev.setUp(true);
        assertThat(netdev.running()).isFalse();
        assertThat(events).isEmpty();
        netdev.setCarrier(true);
        netdev.setUp(true);
        assertThat(netdev.running()).isTrue();
        assertThat(events).containsExactly("eth0 UP");
        netdev.setUp(false);
        netdev.setCarrier(false);
        assertThat(events).containsExactly("eth0 UP", "eth0 DOWN");
        netdev.setUp(true);
        netdev.setCarrier(true);
        netdev.setCarrier(false);
        assertThat(events).containsExactly("eth0 UP", "eth0 DOWN", "eth0 UP", "eth0 DOWN");
    }

    @Test
    void mtu_isAnEventWhenItChanges() {
        Netdev netdev = observed();
        netdev.setMtu(1500);
        netdev.setMtu(Netdev.MIN_MTU);
        netdev.setMtu(Netdev.MAX_MTU);
        assertThat(netdev.mtu()).isEqualTo(65535);
        assertThat(events).containsExactly("eth0 CHANGE_MTU", "eth0 CHANGE_MTU");
    }

    @ParameterizedTest
    @ValueSource(ints = { 67, 65536, 0, -1 })
    void mtu_outOfRange_isRefused_andChangesNothing(int mtu) {
        Netdev netdev = observed();
        assertErrno(Errno.EINVAL, () -> netdev.setMtu(mtu)).contains(Integer.toString(mtu));
        assertThat(netdev.mtu()).isEqualTo(1500);
        assertThat(events).isEmpty();
    }

    @Test
    void macAddress_isAnEventWhenItChanges_andThePermanentOneStays() {
        Netdev netdev = observed();
        MacAddress other = MacAddress.parse("00:16:3e:00:00:02");
        netdev.setAddress(MAC);
        netdev.setAddress(other);
        assertThat(netdev.address()).isEqualTo(other);
        assertThat(netdev.permanentAddress()).isEqualTo(MAC);
        assertThat(events).containsExactly("eth0 CHANGE_ADDRESS");
    }

    @Test
    void inetAddresses_keepTheirOrder_andAreEventsWhenTheyChange() {
        Netdev netdev = observed();
        netdev.addInetAddress(TWO);
        netdev.addInetAddress(ONE);
        netdev.addInetAddress(TWO);
        assertThat(netdev.inetAddresses()).containsExactly(TWO, ONE);
        netdev.removeInetAddress(TWO);
        netdev.removeInetAddress(TWO);
        assertThat(netdev.inetAddresses()).containsExactly(ONE);
        assertThat(events).containsExactly("eth0 CHANGE_INET", "eth0 CHANGE_INET", "eth0 CHANGE_INET");
    }

    @Test
    void unregister_isToldWhileTheInterfaceIsThere_andOnce() {
        Netdev netdev = registry.register("eth0", MAC, 1500, 1);
        registry.subscribe((changed, event) -> events.add(event + " " + registry.all().contains(changed)));
        registry.unregister(netdev);
        registry.unregister(netdev);
        assertThat(events).containsExactly("UNREGISTER true");
        assertThat(registry.all()).isEmpty();
    }

    @Test
    void everyChange_ofAnInterfaceThatIsGone_isRefused() {
        Netdev netdev = observed();
        registry.unregister(netdev);
        events.clear();
        assertErrno(Errno.ENODEV, () -> netdev.setUp(true)).contains("eth0");
        assertErrno(Errno.ENODEV, () -> netdev.setCarrier(false));
        assertErrno(Errno.ENODEV, () -> netdev.setMtu(9000));
        assertErrno(Errno.ENODEV, () -> netdev.setAddress(new MacAddress(1)));
        assertErrno(Errno.ENODEV, () -> netdev.addInetAddress(ONE));
        assertErrno(Errno.ENODEV, () -> netdev.removeInetAddress(ONE));
        assertThat(netdev.up()).isFalse();
        assertThat(netdev.mtu()).isEqualTo(1500);
        assertThat(events).isEmpty();
    }

    @Test
    void observers_areToldInOrderOfSubscription_untilTheyLeave() {
        NetdevRegistry.Subscription first = registry.subscribe((netdev, event) -> events.add("first " + event));
        registry.subscribe((netdev, event) -> events.add("second " + event));
        Netdev netdev = registry.register("eth0", MAC, 1500, 1);
        first.close();
        first.close();
        netdev.setMtu(9000);
        assertThat(events).containsExactly("first REGISTER", "second REGISTER", "second CHANGE_MTU");
    }

    @Test
    void observerThatThrows_keepsNeitherTheChangeNorTheOthersBack() {
        registry.subscribe((netdev, event) -> {
            throw new IllegalStateException("planned");
        });
        Netdev netdev = observed();
        netdev.setMtu(9000);
        assertThat(netdev.mtu()).isEqualTo(9000);
        assertThat(events).containsExactly("eth0 CHANGE_MTU");
    }

    @Test
    void observer_mayChangeInterfacesItself() {
        Netdev netdev = registry.register("eth0", MAC, 1500, 1);
        registry.subscribe((changed, event) -> {
            if (event == NetdevEvent.UP) {
                changed.setMtu(9000);
            }
        });
        netdev.setUp(true);
        assertThat(netdev.mtu()).isEqualTo(9000);
    }

    @Test
    void locked_keepsChangesOfOtherThreadsOut() throws Exception {
        Netdev netdev = observed();
        AtomicBoolean changed = new AtomicBoolean();
        Thread other = registry.locked(() -> {
            Thread thread = Thread.ofPlatform().start(() -> {
                netdev.setMtu(9000);
                changed.set(true);
            });
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertThat(netdev.mtu()).isEqualTo(1500);
            assertThat(changed).isFalse();
            return thread;
        });
        other.join();
        assertThat(netdev.mtu()).isEqualTo(9000);
    }
}
