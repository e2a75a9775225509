package io.erdma.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.link.LinkRegistry;
import io.erdma.core.net.MacAddress;
import io.erdma.core.net.Netdev;
import io.erdma.core.net.NetdevRegistry;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.PortState;
import io.erdma.hw.Aeqe;
import io.erdma.hw.Registers;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.verbs.AsyncEvent;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ErdmaDriverTest {
    private static final String FUNCTION = "0000:00:05.0";

    private final LeakLedger ledger = new LeakLedger();
    private final ManualClock clock = new ManualClock();
    private final ManualWorkQueue driverQueue = new ManualWorkQueue(clock);
    private final NetdevRegistry netdevs = new NetdevRegistry();
    private final LinkRegistry links = new LinkRegistry(netdevs);
    private final DeviceRegistry devices = new DeviceRegistry();
    private final ScriptedCard card = new ScriptedCard(ledger, 0x02_00_00_00_00_01L);
    private final ErdmaDriver driver = new ErdmaDriver(
            new HostServices(clock, driverQueue, new ManualWorkQueue(clock), Runnable::run), netdevs, links, devices,
            3);
    private Netdev eth0;

    @BeforeEach
    void machine() {
        eth0 = netdevs.register("eth0", MacAddress.parse("02:00:00:00:00:01"), 1500, 25_000);
        eth0.setUp(true);
        netdevs.register("eth1", MacAddress.parse("02:00:00:00:00:99"), 1500, 25_000);
    }

    @AfterEach
    void nothingIsLeft() {
        driver.close();
        links.close();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(devices.devices()).isEmpty();
    }

    private ErdmaDevice bound() {
        driver.probe(card.function.pci());
        links.newlink("erdma", "erdma0", "eth0");
        return devices.byName("erdma0").orElseThrow();
    }

    private static ErrnoException refused(Errno errno, Runnable call) {
        ErrnoException refusal = org.assertj.core.api.Assertions.catchThrowableOfType(ErrnoException.class, call::run);
        assertThat(refusal).isNotNull().extracting(ErrnoException::errno).isEqualTo(errno);
        return refusal;
    }

    @Test
    void probedFunction_isNotUsableBeforeNewlink() {
        driver.probe(card.function.pci());
        assertThat(devices.devices()).isEmpty();
        assertThat(driver.adapters()).singleElement().matches(adapter -> adapter.device().isEmpty());
    }

    @Test
    void newlink_bindsTheFunctionWhosePeerMacIsTheInterfacesPermanentAddress() {
        ErdmaDevice device = bound();
        assertThat(device.netdev()).isSameAs(eth0);
        assertThat(driver.adapters()).singleElement()
                .matches(adapter -> adapter.device().equals(Optional.of("erdma0")));
        assertThat(device.portAttributes(1).state()).isEqualTo(PortState.ACTIVE);
    }

    @Test
    void newlink_withoutFunction_isEnodev() {
        refused(Errno.ENODEV, () -> links.newlink("erdma", "erdma0", "eth0"));
    }

    @Test
    void newlink_toAnInterfaceOfAnotherMac_isEinval_andNamesBothMacs() {
        driver.probe(card.function.pci());
        assertThat(refused(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", "eth1")))
                .hasMessageContaining("02:00:00:00:00:99").hasMessageContaining("02:00:00:00:00:01");
        assertThat(links.links()).isEmpty();
        assertThat(devices.devices()).isEmpty();
    }

    @Test
    void newlink_comparesThePermanentAddress_notTheOneInUse() {
        driver.probe(card.function.pci());
        netdevs.byName("eth1").orElseThrow().setAddress(MacAddress.parse("02:00:00:00:00:01"));
        refused(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", "eth1"));
    }

    @Test
    void newlink_ofANamedFunction_checksItsMacToo() {
        driver.probe(card.function.pci());
        refused(Errno.ENODEV, () -> links.newlink("erdma", "erdma0", "eth0", Optional.of("0000:00:06.0")));
        refused(Errno.EINVAL, () -> links.newlink("erdma", "erdma0", "eth1", Optional.of(FUNCTION)));
        assertThat(links.newlink("erdma", "erdma0", "eth0", Optional.of(FUNCTION)).name()).isEqualTo("erdma0");
    }

    @Test
    void newlink_ofABoundFunctionOrInterface_isRefused() {
        bound();
        refused(Errno.EEXIST, () -> links.newlink("erdma", "erdma1", "eth0"));
        refused(Errno.EEXIST, () -> links.newlink("erdma", "erdma0", "eth1"));
        refused(Errno.ENODEV, () -> links.newlink("erdma", "erdma1", "eth1"));
    }

    @Test
    void dellink_tellsUsers_takesTheDeviceAway_andTheFunctionCanBeBoundAgain() {
        ErdmaDevice device = bound();
        List<AsyncEventType> events = new ArrayList<>();
        device.subscribe(event -> events.add(event.type()));
        links.dellink("erdma0");
        assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
        assertThat(devices.devices()).isEmpty();
        refused(Errno.ENODEV, device::allocPd);
        links.newlink("erdma", "again", "eth0");
        assertThat(devices.byName("again")).isPresent();
    }

    @Test
    void newlink_underTheNameOfADeviceThatIsNoLinkOfOurs_isEexist_andTheFunctionStaysFree() {
        driver.probe(card.function.pci());
        ErdmaDevice other = mock(ErdmaDevice.class);
        when(other.name()).thenReturn("erdma0");
        devices.register(other);
        refused(Errno.EEXIST, () -> links.newlink("erdma", "erdma0", "eth0"));
        assertThat(driver.adapters()).singleElement().satisfies(adapter -> assertThat(adapter.device()).isEmpty());
        devices.unregister(other);
        links.newlink("erdma", "erdma0", "eth0");
        assertThat(devices.byName("erdma0")).isPresent();
    }

    @Test
    void interfaceThatGoesOrChangesItsAddress_takesTheLinkWithIt() {
        bound();
        eth0.setAddress(MacAddress.parse("02:00:00:00:00:77"));
        assertThat(links.links()).isEmpty();
        assertThat(devices.devices()).isEmpty();
        links.newlink("erdma", "erdma1", "eth0");
        netdevs.unregister(eth0);
        assertThat(links.links()).isEmpty();
        assertThat(devices.devices()).isEmpty();
        assertThat(driver.adapters()).hasSize(1);
    }

    @Test
    void mtuAndPortChanges_reachTheDevice() {
        ErdmaDevice device = bound();
        List<AsyncEvent> events = new ArrayList<>();
        device.subscribe(events::add);
        assertThat(card.commands).doesNotContain(CommandOpcode.CONF_MTU);
        eth0.setMtu(9000);
        assertThat(card.commands).contains(CommandOpcode.CONF_MTU);
        eth0.setUp(false);
        assertThat(device.portAttributes(1).state()).isEqualTo(PortState.DOWN);
        eth0.setUp(true);
        assertThat(events).extracting(AsyncEvent::type).containsExactly(AsyncEventType.PORT_ERR,
                AsyncEventType.PORT_ACTIVE);
    }

    @Test
    void surpriseRemoval_endsTheLinkAndTheAdapter() {
        ErdmaDevice device = bound();
        List<AsyncEventType> events = new ArrayList<>();
        device.subscribe(event -> events.add(event.type()));
        card.function.remove();
        assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
        driverQueue.runPending();
        assertThat(links.links()).isEmpty();
        assertThat(driver.adapters()).isEmpty();
        assertThat(ledger.outstanding()).isEmpty();
    }

    @Test
    void surpriseRemoval_whileTheHostCloses_isDeviceFatal_andTheAdapterGoesWithTheDriver() {
        ErdmaDevice device = bound();
        List<AsyncEventType> events = new ArrayList<>();
        device.subscribe(event -> events.add(event.type()));
        driverQueue.close();

        card.function.remove();

        assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
        assertThat(driver.adapters()).hasSize(1);
    }

    @Test
    void eventsOfTheDevice_reachItsUsers_throughVector0() {
        ErdmaDevice device = bound();
        List<AsyncEvent> events = new ArrayList<>();
        device.subscribe(events::add);
        try (CompletionQueue cq = device.createCq(16)) {
            card.asyncEvent(Aeqe.CQ_ERROR, cq.cqn());

            assertThat(events).singleElement().extracting(AsyncEvent::type).isEqualTo(AsyncEventType.CQ_ERR);
            card.asyncEvent(Aeqe.CQ_ERROR, cq.cqn() + 1);
            assertThat(events).as("nothing of a CQ that is not there").hasSize(1);
            assertThat(card.function.writesTo(Registers.AEQ_DB)).hasSize(2);
            assertThat(card.function.writesTo(Registers.ceqDoorbell(0))).hasSize(2);
            assertThat(driver.adapters().getFirst().asyncEvents().events()).isEqualTo(2);
        }
    }

    @Test
    void commandThatIsNotAnswered_isDeviceFatalForUsers() {
        ErdmaDevice device = bound();
        List<AsyncEventType> events = new ArrayList<>();
        device.subscribe(event -> events.add(event.type()));
        card.ignores.add(CommandOpcode.CREATE_CQ);
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> device.createCq(16))
                .extracting(ErrnoException::errno).isEqualTo(Errno.ETIME);
        driverQueue.runPending();
        assertThat(events).contains(AsyncEventType.DEVICE_FATAL);
    }

    @Test
    void probe_refusesOtherFunctionsAndASecondTime() {
        driver.probe(card.function.pci());
        refused(Errno.EBUSY, () -> driver.probe(card.function.pci()));
        io.erdma.core.testing.FakeFunction other = io.erdma.core.testing.FakeFunction.builder()
                .identity(new io.erdma.core.hal.PciIdentity("0000:00:07.0", 0x8086, 0x1234, 0)).build();
        refused(Errno.EINVAL, () -> driver.probe(other.pci()));
    }

    @Test
    void remove_unlinksAndUndoesTheBringUp() {
        bound();
        driver.remove(card.function.pci());
        assertThat(links.links()).isEmpty();
        assertThat(ledger.outstanding()).isEmpty();
        driver.probe(card.function.pci());
    }
}
