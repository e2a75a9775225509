package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.leak.LeakLedger;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.model.profile.DeviceProfile;
import io.erdma.model.spec.FunctionSpec;
import io.erdma.verbs.DeviceSnapshot;
import io.erdma.verbs.ErdmaDevice;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A card with the hosts alice and bob, each with the link {@code erdma0}, used through one API. Whatever is made through it is closed with it; then nothing may
 * be left: no object of the devices, no count of any ledger, no byte in a guard page.
 */
public final class Lab implements AutoCloseable {
    /** Name of the link of each host. */
    public static final String LINK = "erdma0";

    private static final String NETDEV = "eth0";
    /** One for commands and asynchronous events, two for completions: however many processors there are. */
    private static final int VECTORS = 3;

    private final Api api;
    private final Moc card;
    private final Host alice;
    private final Host bob;
    private final DeviceProfile profile;
    private final Closers closers = new Closers();
    private Optional<Pair> bystander = Optional.empty();

    private Lab(Api api, Moc card, FunctionSpec function, UnaryOperator<Host.Builder> hosts) {
        this.api = api;
        this.profile = DeviceProfile.of(function);
        this.card = card;
        alice = host("alice", hosts);
        bob = host("bob", hosts);
    }

    private Host host(String name, UnaryOperator<Host.Builder> settings) {
        Host host = settings.apply(Host.builder(card.vport(name)).vectors(VECTORS)).start();
        host.links().newlink("erdma", LINK, NETDEV);
        return host;
    }

    /** With functions of this kind. */
    public static Lab on(Api api, Mode mode, FunctionSpec function) {
        return on(api, Moc.of(mode.card(function)), function, settings -> settings);
    }

    /** On a card that was made of {@link Mode#card} with functions of this kind, and hosts with these settings. */
    public static Lab on(Api api, Moc card, FunctionSpec function, UnaryOperator<Host.Builder> hosts) {
        return new Lab(api, card, function, hosts);
    }

    /** With functions that can do all that the model can. */
    public static Lab on(Api api, Mode mode) {
        return on(api, mode, DeviceProfile.newest());
    }

    /** One beside this, and closed with it, where memory is in one piece for the device, so that a region may have large pages. */
    public Lab withLargePages() {
        Moc beside = Moc.of(card.spec().toBuilder().scattered(false).build());
        return closers.add(on(api, beside, DeviceProfile.newest(), settings -> settings));
    }

    /** Which verbs are used. */
    public Api api() {
        return api;
    }

    /** The card itself. */
    public Moc card() {
        return card;
    }

    /** The host of left ends. */
    public Host alice() {
        return alice;
    }

    /** The host of right ends. */
    public Host bob() {
        return bob;
    }

    /** The device of a host's link. */
    public ErdmaDevice device(Host host) {
        return host.device(LINK).orElseThrow();
    }

    /** What the functions can do, and what was decided. */
    public DeviceProfile profile() {
        return profile;
    }

    /** Opens alice's device. */
    public Verbs open() {
        return open(alice);
    }

    /** Opens a host's device: for user verbs a context of its own. */
    public Verbs open(Host host) {
        ErdmaDevice device = device(host);
        return closers.add(switch (api) {
            case KERNEL -> new KernelVerbs(device, closers);
            case USER -> new UserVerbs(host.openDevice(LINK), device.completionVectors(), closers);
        });
    }

    /** Memory between guard pages. */
    public Memory memory(long bytes) {
        return closers.add(new Memory(bytes));
    }

    /** An end on a host, not connected. */
    public End end(Host host, EndSpec spec) {
        Memory memory = memory(spec.bytes());
        return new End(open(host), profile, memory, spec);
    }

    /** An end on alice's host, not connected. */
    public End end() {
        return end(alice, EndSpec.usual());
    }

    /** An end, not connected, with the verbs, the PD and the memory of another one, and a CQ and QP of its own. */
    public End sharing(End other) {
        return new End(other);
    }

    /** Connects an end on alice's host with one on bob's. */
    public Pair connect(End left, End right) {
        return new Pair(left, right, connect(alice, left.qp, bob, right.qp));
    }

    /** Connects two QPs. */
    public Link connect(Host active, VerbsQp from, Host passive, VerbsQp to) {
        return closers.add(Link.connect(active, from.qpn(), passive, to.qpn()));
    }

    /** Two usual ends, connected. */
    public Pair pair() {
        return pair(usual -> usual);
    }

    /** Two ends of this kind, connected. */
    public Pair pair(UnaryOperator<EndSpec> settings) {
        EndSpec spec = settings.apply(EndSpec.usual());
        return connect(end(alice, spec), end(bob, spec));
    }

    /** Closes something at the end, before all that was made earlier. */
    public <T extends AutoCloseable> T closeAtEnd(T closeable) {
        return closers.add(closeable);
    }

    /** Makes the pair that tests of errors must not disturb. */
    void makeBystander() {
        bystander = Optional.of(pair());
    }

    /** The pair that has nothing to do with the test works. */
    public void assertBystanderWorks() {
        bystander.orElseThrow(() -> new IllegalStateException("the row says nothing of a bystander")).assertWorks();
    }

    boolean hasBystander() {
        return bystander.isPresent();
    }

    @Override
    public void close() {
        closers.close();
        assertEmpty(alice);
        assertEmpty(bob);
        List<LeakLedger> ledgers = List.of(card.vport("alice").ledger(), card.vport("bob").ledger(), card.ledger());
        abandon();
        ledgers.forEach(ledger -> assertThat(ledger.outstanding()).as("what is left").isEmpty());
    }

    private static void assertEmpty(Host host) {
        host.device(LINK).map(ErdmaDevice::snapshot).ifPresent(Lab::assertEmpty);
    }

    private static void assertEmpty(DeviceSnapshot device) {
        assertThat(device.queuePairs()).isEmpty();
        assertThat(device.completionQueues()).isEmpty();
        assertThat(device.memoryRegions()).isEmpty();
        assertThat(device.protectionDomains()).isEmpty();
        assertThat(device.contexts()).isEmpty();
    }

    /** Closes card and hosts alone: a test that has failed left its objects in whatever state. */
    public void abandon() {
        alice.close();
        bob.close();
        card.close();
    }
}
