package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How events come to those who want them. */
class RdmaEventChannelTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Hosts hosts = new Hosts();
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;
    private final RdmaEventChannel other = alice.manager.createEventChannel();
    private final RdmaCmId id = alice.id();

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
    }

    @Test
    void get_letsTheQueueWork_andTakesTheEvent() {
        id.resolveAddr(bob.at(PORT));

        assertThat(alice.channel.get(SECOND).type()).isEqualTo(RdmaCmEventType.ADDR_RESOLVED);
    }

    @Test
    void get_seesWhatHappensLater() {
        hosts.rig.clock.after(SECOND.toNanos() / 2, () -> id.resolveAddr(bob.at(PORT)));

        assertThat(alice.channel.get(SECOND).id()).isSameAs(id);
        assertThat(hosts.rig.clock.nanoTime()).isLessThan(SECOND.toNanos());
    }

    @Test
    void get_givesUpInTime() {
        assertErrno(Errno.ETIMEDOUT, () -> alice.channel.get(SECOND));

        assertThat(hosts.rig.clock.nanoTime()).isEqualTo(SECOND.toNanos());
    }

    @Test
    void get_withoutTime_onlyLooks() {
        assertErrno(Errno.ETIMEDOUT, () -> alice.channel.get(Duration.ZERO));

        assertThat(hosts.rig.clock.nanoTime()).isZero();
    }

    @Test
    void get_ofAnInterruptedThread_isEcanceled_andStaysInterrupted() {
        Thread.currentThread().interrupt();

        assertErrno(Errno.ECANCELED, () -> alice.channel.get(SECOND));

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void closedChannel_isEbadf_alsoForWhoWaits() {
        hosts.rig.clock.after(SECOND.toNanos() / 2, alice.channel::close);

        assertErrno(Errno.EBADF, () -> alice.channel.get(SECOND));
        assertErrno(Errno.EBADF, alice.channel::poll);
    }

    @Test
    void close_rejectsRequestsThatNobodyTook() {
        hosts.listening();
        connect();
        assertThat(bob.manager.idCount()).isEqualTo(2);

        bob.channel.close();
        hosts.rig.settle();

        assertThat(alice.event().type()).isEqualTo(RdmaCmEventType.REJECTED);
        assertThat(bob.manager.idCount()).as("the listener").isEqualTo(1);
    }

    @Test
    void requestForAClosedChannel_isRejected() {
        hosts.listening();
        bob.channel.close();
        connect();

        assertThat(alice.event().type()).isEqualTo(RdmaCmEventType.REJECTED);
        assertThat(bob.manager.idCount()).as("the listener").isEqualTo(1);
    }

    @Test
    void migrate_takesUntakenEventsAlong_inOrder_andLeavesOthers() {
        RdmaCmId stays = alice.id();
        stays.resolveAddr(bob.at(PORT));
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        id.resolveRoute();
        hosts.rig.settle();

        id.migrate(other);

        assertThat(id.channel()).isSameAs(other);
        assertThat(other.poll().orElseThrow().type()).isEqualTo(RdmaCmEventType.ADDR_RESOLVED);
        assertThat(other.poll().orElseThrow().type()).isEqualTo(RdmaCmEventType.ROUTE_RESOLVED);
        assertThat(alice.event().id()).isSameAs(stays);
    }

    @Test
    void migrateToAHandler_bringsUntakenEventsToIt_beforeNewOnes() {
        List<RdmaCmEventType> seen = new ArrayList<>();
        RdmaEventChannel calling = alice.manager.createEventChannel(event -> seen.add(event.type()));
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        id.resolveRoute();

        id.migrate(calling);
        assertThat(seen).as("handlers are the queue's to call").isEmpty();
        hosts.rig.settle();

        assertThat(seen).containsExactly(RdmaCmEventType.ADDR_RESOLVED, RdmaCmEventType.ROUTE_RESOLVED);
    }

    @Test
    void migrateOfAListener_takesRequestsAlong() {
        RdmaCmId listener = hosts.listening();
        RdmaEventChannel bobs = bob.manager.createEventChannel();
        connect();

        listener.migrate(bobs);

        assertThat(bob.channel.poll()).isEmpty();
        RdmaCmEvent request = bobs.poll().orElseThrow();
        assertThat(request.listener()).containsSame(listener);
    }

    @Test
    void migrateWithinAHandler_isAllowed() {
        List<RdmaCmEventType> seen = new ArrayList<>();
        RdmaEventChannel calling = alice.manager.createEventChannel(event -> {
            seen.add(event.type());
            event.id().migrate(other);
        });
        id.migrate(calling);
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        id.resolveRoute();
        hosts.rig.settle();

        assertThat(seen).containsExactly(RdmaCmEventType.ADDR_RESOLVED);
        assertThat(other.poll().orElseThrow().type()).isEqualTo(RdmaCmEventType.ROUTE_RESOLVED);
    }

    @Test
    void closedId_hasNoEventsAnyMore() {
        id.resolveAddr(bob.at(PORT));
        hosts.rig.settle();
        RdmaCmId second = alice.id();
        second.resolveAddr(bob.at(PORT));

        id.close();
        second.close();
        hosts.rig.settle();

        assertThat(alice.events()).isEmpty();
    }

    @Test
    void anEvent_needsNoAcknowledgement_andStaysWhatItIs_whenItsIdIsClosed() {
        hosts.listening();
        RdmaCmId active = connect();
        RdmaCmEvent request = bob.event();

        request.id().close();
        active.close();

        assertThat(request.id().remoteAddress()).contains(active.localAddress());
        assertThat(request.type()).isEqualTo(RdmaCmEventType.CONNECT_REQUEST);
        assertThat(bob.manager.idCount()).as("the listener").isEqualTo(1);
    }

    private RdmaCmId connect() {
        RdmaCmId active = hosts.resolved(bob.at(PORT));
        active.connect(RdmaConnParam.qp(alice.qp().qpn()));
        hosts.rig.settle();
        return active;
    }
}
