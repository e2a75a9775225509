package io.erdma.cm;

import static io.erdma.cm.Hosts.PORT;
import static io.erdma.cm.Hosts.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.erdma.cm.iwarp.RawPeer;
import io.erdma.cm.iwarp.Rig;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls for people in a hurry. */
class RdmaConnectionTest {
    /** Deliveries happen within the calls that cause them. */
    private final Hosts hosts = new Hosts(new Rig(Runnable::run));
    private final Hosts.Host alice = hosts.alice;
    private final Hosts.Host bob = hosts.bob;
    private final MockVerbs aliceVerbs = new MockVerbs(alice.device());
    private final MockVerbs bobVerbs = new MockVerbs(bob.device());

    RdmaConnectionTest() {
        alice.directory.verbs(alice.device(), aliceVerbs.device);
        bob.directory.verbs(bob.device(), bobVerbs.device);
        work();
    }

    /** Both queues work once a microsecond, as threads would. */
    private void work() {
        hosts.rig.clock.after(1_000, () -> {
            alice.side.queue.runPending();
            bob.side.queue.runPending();
            work();
        });
    }

    @AfterEach
    void nothingIsLeft() {
        hosts.closeAndCheck();
        for (MockVerbs verbs : List.of(aliceVerbs, bobVerbs)) {
            assertThat(verbs.log.stream().filter(entry -> entry.startsWith("-")))
                    .hasSameSizeAs(verbs.log.stream().filter(entry -> entry.startsWith("+")).toList());
        }
    }

    @Test
    void oneThread_listensConnectsAndAccepts() {
        try (RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
                RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
                RdmaConnection in = door.accept()) {
            assertThat(out.isConnected()).isTrue();
            assertThat(in.isConnected()).isTrue();
            assertThat(out.id().remoteAddress()).contains(bob.at(PORT));
            assertThat(in.id().remoteAddress()).contains(out.id().localAddress());
            assertThat(out.qp().qpn()).isPositive();
            assertThat(door.localAddress()).isEqualTo(bob.at(PORT));
        }
        assertThat(aliceVerbs.log).containsExactly("+pd", "+cq", "+qp", "-qp", "-cq", "-pd");
        assertThat(bobVerbs.log).containsExactly("+pd", "+cq", "+qp", "-qp", "-cq", "-pd");
    }

    @Test
    void options_reachObjectsAndPeer() {
        ConnectionOptions options = ConnectionOptions.builder().capabilities(new QpCapabilities(3, 5, 2, 1, 8))
                .depths(2, 4)
                .signalAll().singleThreaded().privateData((byte) 11).build();
        RdmaListener door = bob.manager.listen(bob.at(PORT),
                ConnectionOptions.builder().privateData((byte) 22).build());
        RdmaConnection out = alice.manager.connect(bob.at(PORT), options);
        RdmaConnection in = door.accept();

        assertThat(out.privateData()).containsExactly(22);
        assertThat(in.privateData()).containsExactly(11);
        assertThat(aliceVerbs.qpAttributes.getFirst().capabilities()).isEqualTo(options.capabilities());
        assertThat(aliceVerbs.qpAttributes.getFirst().signalAll()).isTrue();
        assertThat(aliceVerbs.qpAttributes.getFirst().singleThreaded()).isTrue();
        assertThat(aliceVerbs.cqAttributes.getFirst().entries()).isEqualTo(8);
        assertThat(aliceVerbs.cqAttributes.getFirst().singleThreaded()).isTrue();
        assertThat(bobVerbs.qpAttributes.getFirst().signalAll()).isFalse();
        out.close();
        in.close();
    }

    @Test
    void sharedPdAndCq_areUsed_andNotClosed() {
        ProtectionDomain pd = aliceVerbs.device.allocPd();
        CompletionQueue cq = mock(CompletionQueue.class);
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);

        RdmaConnection out = alice.manager.connect(bob.at(PORT), ConnectionOptions.builder().pd(pd).cq(cq).build());
        assertThat(out.pd()).isSameAs(pd);
        assertThat(out.cq()).isSameAs(cq);
        out.close();

        assertThat(aliceVerbs.log).containsExactly("+pd", "+qp", "-qp");
        pd.close();
        door.close();
    }

    @Test
    void preparation_seesTheObjectsBeforeThePeerHearsOfThem() {
        List<String> seen = new ArrayList<>();
        RdmaListener door = bob.manager.listen(bob.at(PORT), ConnectionOptions.builder()
                .preparation(in -> seen.add(in.isConnected() + " " + in.qp().qpn() + " " + in.privateData().length))
                .build());

        alice.manager.connect(bob.at(PORT), ConnectionOptions.builder().privateData(new byte[3]).build()).close();

        assertThat(seen).containsExactly("false 1 3");
        door.close();
    }

    @Test
    void preparationThatThrows_rejectsThePeer_andLeavesNothing() {
        RdmaListener door = bob.manager.listen(bob.at(PORT), ConnectionOptions.builder().preparation(_ -> {
            throw new IllegalStateException("not today");
        }).build());

        assertErrno(Errno.ECONNRESET, () -> alice.manager.connect("10.0.0.2", PORT));

        assertThat(bobVerbs.log).containsExactly("+pd", "+cq", "+qp", "-qp", "-cq", "-pd");
        door.close();
    }

    @Test
    void preparationThatThrows_endsTheActiveSide_andLeavesNothing() {
        ConnectionOptions options = ConnectionOptions.builder().preparation(_ -> {
            throw new IllegalStateException("not today");
        }).build();

        assertThatThrownBy(() -> alice.manager.connect(bob.at(PORT), options))
                .isInstanceOf(IllegalStateException.class);

        assertThat(alice.manager.idCount()).isZero();
        assertThat(aliceVerbs.log).endsWith("-qp", "-cq", "-pd");
    }

    @Test
    void refusedQp_isTheCallersErrno_andLeavesNothing() {
        aliceVerbs.refuseQps(Errno.ENOMEM);

        assertErrno(Errno.ENOMEM, () -> alice.manager.connect("10.0.0.2", PORT));

        assertThat(aliceVerbs.log).containsExactly("+pd", "+cq", "-cq", "-pd");
        assertThat(alice.manager.idCount()).isZero();
    }

    @Test
    void refusedQpOfTheListener_rejectsThePeer() {
        bobVerbs.refuseQps(Errno.ENOMEM);
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);

        assertErrno(Errno.ECONNRESET, () -> alice.manager.connect("10.0.0.2", PORT));

        assertThat(door.poll()).isEmpty();
        door.close();
    }

    @Test
    void connect_tellsWhyNot() {
        assertErrno(Errno.ECONNRESET, () -> alice.manager.connect("10.0.0.2", PORT));
        assertErrno(Errno.ENETUNREACH, () -> alice.manager.connect("192.168.1.1", PORT));
        assertErrno(Errno.EAFNOSUPPORT, () -> alice.manager.connect("::1", PORT));
        assertErrno(Errno.EINVAL, () -> alice.manager.connect("bob", PORT));
        assertErrno(Errno.EINVAL, () -> alice.manager.connect("10.0.0.2", 65536));
        assertErrno(Errno.EINVAL, () -> alice.manager.connect(bob.at(PORT),
                ConnectionOptions.builder().privateData(new byte[256]).build()));
        assertErrno(Errno.EINVAL, () -> alice.manager.connect(bob.at(PORT),
                ConnectionOptions.builder().depths(129, 0).build()));
    }

    @Test
    void connect_toASilentPeer_endsByTheProtocolsTime_orTheCallers() {
        RawPeer silent = RawPeer.listening(hosts.rig.bob, PORT);

        assertErrno(Errno.ETIMEDOUT, () -> alice.manager.connect("10.0.0.2", PORT));
        long afterProtocol = hosts.rig.clock.nanoTime();
        assertErrno(Errno.ETIMEDOUT, () -> alice.manager.connect(bob.at(PORT),
                ConnectionOptions.builder().timeout(Duration.ofSeconds(2)).build()));

        assertThat(Duration.ofNanos(afterProtocol)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(12));
        assertThat(Duration.ofNanos(hosts.rig.clock.nanoTime() - afterProtocol)).isEqualTo(Duration.ofSeconds(2));
        silent.close();
    }

    @Test
    void disconnect_keepsTheObjects_andTellsThePeer() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
        RdmaConnection in = door.accept();

        out.disconnect();

        assertThat(in.awaitDisconnected(Duration.ofSeconds(1))).isTrue();
        assertThat(in.isConnected()).isFalse();
        assertThat(out.awaitDisconnected(Duration.ofSeconds(1))).isTrue();
        assertThat(aliceVerbs.log).containsExactly("+pd", "+cq", "+qp");
        out.close();
        in.close();
    }

    @Test
    void awaitDisconnected_givesUpInTime() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);

        assertThat(out.awaitDisconnected(Duration.ofMillis(5))).isFalse();

        out.close();
        assertThat(out.isConnected()).isFalse();
        door.close();
    }

    @Test
    void removedDevice_disconnects() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
        RdmaConnection in = door.accept();

        bob.directory.remove(bob.device());

        assertThat(in.awaitDisconnected(Duration.ofSeconds(1))).isTrue();
        assertThat(out.awaitDisconnected(Duration.ofSeconds(1))).isTrue();
        assertErrno(Errno.ENODEV, () -> door.accept(Duration.ofSeconds(1)));
        out.close();
        in.close();
    }

    @Test
    void register_isUndoneWithTheConnection() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);

        out.register(MemorySegment.NULL, Access.LOCAL_WRITE);
        out.close();
        out.close();

        assertThat(aliceVerbs.log).containsExactly("+pd", "+cq", "+qp", "+mr", "-mr", "-qp", "-cq", "-pd");
        door.close();
    }

    @Test
    void awaitCompletion_isWokenByTheCq_andGivesUpInTime() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
        AtomicInteger ready = new AtomicInteger();
        when(out.cq().poll(anyInt(), any())).thenAnswer(call -> {
            WorkCompletion[] into = call.getArgument(1);
            into[0].wrId = 99;
            return ready.getAndSet(0);
        });
        hosts.rig.clock.after(1_000_000, () -> {
            ready.set(1);
            aliceVerbs.cqAttributes.getFirst().completionHandler().accept(out.cq());
        });

        assertThat(out.awaitCompletion(Duration.ofSeconds(1)).wrId).isEqualTo(99);
        verify(out.cq(), atLeastOnce()).reqNotify(NotifyKind.NEXT_COMPLETION);
        assertErrno(Errno.ETIMEDOUT, () -> out.awaitCompletion(Duration.ofSeconds(1)));
        out.close();
        door.close();
    }

    @Test
    void awaitCompletion_ofASharedCq_isEinval() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect(bob.at(PORT),
                ConnectionOptions.builder().cq(mock(CompletionQueue.class)).build());

        assertErrno(Errno.EINVAL, () -> out.awaitCompletion(Duration.ofSeconds(1)));
        out.close();
        door.close();
    }

    @Test
    void requests_areOfWholeRegions_andSignalled() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
        MemoryRegion region = mock(MemoryRegion.class);
        when(region.iova()).thenReturn(0x1000L);
        when(region.length()).thenReturn(0xFFFF_FFFFL);
        when(region.lkey()).thenReturn(7);

        SendRequest write = out.write(region, 0x2000, 8);
        ReceiveRequest receive = out.receive(region);

        assertThat(out.send(region).opcode).isEqualTo(WrOpcode.SEND);
        assertThat(out.read(region, 1, 2).opcode).isEqualTo(WrOpcode.RDMA_READ);
        assertThat(write.opcode).isEqualTo(WrOpcode.RDMA_WRITE);
        assertThat(write.has(SendFlag.SIGNALED)).isTrue();
        assertThat(write.remoteAddress).isEqualTo(0x2000);
        assertThat(write.remoteKey).isEqualTo(8);
        assertThat(write.sgeAddress(0)).isEqualTo(0x1000);
        assertThat(write.sgeLength(0)).isEqualTo(-1);
        assertThat(write.sgeKey(0)).isEqualTo(7);
        assertThat(List.of(receive.address, (long) receive.length, (long) receive.lkey)).containsExactly(0x1000L, -1L,
                7L);
        when(region.length()).thenReturn(0x1_0000_0000L);
        assertErrno(Errno.EINVAL, () -> out.send(region));
        out.close();
        door.close();
    }

    @Test
    void whatOthersStillUse_isLeftToThem() {
        ProtectionDomain pd = mock(ProtectionDomain.class);
        QueuePair qp = mock(QueuePair.class);
        int qpn = alice.qp().qpn();
        when(qp.qpn()).thenReturn(qpn);
        when(pd.createQp(any())).thenReturn(qp);
        doThrow(new ErrnoException(Errno.EBUSY)).when(pd).close();
        doReturn(pd).when(aliceVerbs.device).allocPd();
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);

        out.close();

        assertThat(aliceVerbs.log).contains("-cq");
        assertThat(out.isConnected()).isFalse();
        door.close();
    }

    @Test
    void accept_givesUpInTime_andIsEbadfOnceClosed() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);

        assertErrno(Errno.ETIMEDOUT, () -> door.accept(Duration.ofSeconds(3)));
        hosts.rig.clock.after(1_000_000, door::close);
        assertErrno(Errno.EBADF, door::accept);
        assertErrno(Errno.EBADF, door::poll);
    }

    @Test
    void connectionsThatNobodyTook_areClosedWithTheListener() {
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        RdmaConnection out = alice.manager.connect("10.0.0.2", PORT);
        hosts.rig.settle();

        door.close();

        assertThat(out.awaitDisconnected(Duration.ofSeconds(1))).isTrue();
        assertThat(bobVerbs.log).endsWith("-qp", "-cq", "-pd");
        out.close();
    }

    @Test
    void fullBacklog_rejectsMore_untilOneIsTaken() {
        RdmaListener door = bob.manager.listen(bob.at(PORT), ConnectionOptions.builder().backlog(2).build());
        RdmaConnection first = alice.manager.connect("10.0.0.2", PORT);
        RdmaConnection second = alice.manager.connect("10.0.0.2", PORT);
        hosts.rig.settle();
        assertErrno(Errno.ECONNRESET, () -> alice.manager.connect("10.0.0.2", PORT));

        RdmaConnection in = door.accept();
        RdmaConnection third = alice.manager.connect("10.0.0.2", PORT);

        List.of(first, second, third, in).forEach(RdmaConnection::close);
        door.close();
    }

    @Test
    void listen_onTheWildcard_andAnyPort() {
        try (RdmaListener door = bob.manager.listen("0.0.0.0", 0);
                RdmaConnection out = alice.manager.connect("10.0.0.2", door.localAddress().getPort());
                RdmaConnection in = door.accept()) {
            assertThat(in.id().localAddress()).isEqualTo(out.id().remoteAddress().orElseThrow());
        }
    }

    @Test
    void listen_whereItCannot_tellsWhy_andLeavesNothing() {
        assertErrno(Errno.EADDRNOTAVAIL, () -> bob.manager.listen("10.0.0.77", PORT));
        RdmaListener door = bob.manager.listen("10.0.0.2", PORT);
        assertErrno(Errno.EADDRINUSE, () -> bob.manager.listen(new InetSocketAddress("10.0.0.2", PORT),
                ConnectionOptions.DEFAULT));
        assertThat(bob.manager.idCount()).isEqualTo(1);
        door.close();
        bob.manager.close();
        assertErrno(Errno.EBADF, () -> bob.manager.listen("10.0.0.2", PORT));
    }
}
