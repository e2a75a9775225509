package io.erdma.cm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.erdma.cm.iwarp.DevicePort;
import io.erdma.cm.iwarp.QpPort;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import io.erdma.core.testing.FakeMachine;
import io.erdma.core.verbs.QpState;
import io.erdma.hw.CongestionControl;
import io.erdma.hw.IwarpQpState;
import io.erdma.qp.ConnectionOwner;
import io.erdma.qp.ConnectionParameters;
import io.erdma.verbs.DeviceCapabilities;
import io.erdma.verbs.DeviceRegistry;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.QueuePair;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mockito.ArgumentCaptor;

/** The seam between end points and verbs. */
class VerbsDirectoryTest {
    private static final int QPN = 5;

    private final Netdev netdev = FakeMachine.alone("alice").addNetdev("eth0", "00:16:3e:00:00:01", "10.0.0.1");
    private final ErdmaDevice device = mock(ErdmaDevice.class);
    private final QueuePair qp = mock(QueuePair.class);
    private final DeviceRegistry registry = new DeviceRegistry();
    private final VerbsDirectory directory = new VerbsDirectory(registry);

    @BeforeEach
    void register() {
        DeviceCapabilities capabilities = mock(DeviceCapabilities.class);
        when(capabilities.congestionControl()).thenReturn(CongestionControl.HPCC_ECN);
        when(device.name()).thenReturn("erdma_0");
        when(device.netdev()).thenReturn(netdev);
        when(device.capabilities()).thenReturn(capabilities);
        when(device.acquireQp(QPN)).thenReturn(Optional.of(qp));
        when(qp.cookie()).thenReturn(77);
        registry.register(device);
    }

    @Test
    void devices_areFoundByInterface_andEqualThemselves() {
        DevicePort port = directory.byNetdev(netdev).orElseThrow();

        assertThat(directory.all()).containsExactly(port);
        assertThat(directory.verbs(port)).containsSame(device);
        assertThat(port.netdev()).isSameAs(netdev);
        assertThat(port.name()).isEqualTo("erdma_0");
        assertThat(port.alive()).isTrue();
    }

    @Test
    void qp_isAcquiredByNumber_andReleased() {
        DevicePort port = directory.byNetdev(netdev).orElseThrow();
        assertThat(port.acquire(QPN + 1)).isEmpty();

        QpPort acquired = port.acquire(QPN).orElseThrow();
        assertThat(acquired.cookie()).isEqualTo(77);
        assertThat(acquired.congestionControl()).isEqualTo(3);
        acquired.release();

        verify(qp).release();
    }

    @Test
    void deviceThatIsGone_isNotAlive_andGivesNoQp_andIsReported() {
        DevicePort port = directory.byNetdev(netdev).orElseThrow();
        List<String> seen = new ArrayList<>();
        DeviceDirectory.Subscription subscription = directory.subscribe(new DeviceDirectory.Observer() {
            @Override
            public void added(DevicePort added) { seen.add("+" + added.name()); }

            @Override
            public void removed(DevicePort removed) {
                seen.add("-" + removed.name() + removed.equals(port) + removed.alive());
            }
        });

        registry.unregister(device);
        registry.register(device);
        subscription.close();
        registry.unregister(device);

        assertThat(seen).containsExactly("-erdma_0truefalse", "+erdma_0");
        assertThat(port.alive()).isFalse();
        assertThat(port.acquire(QPN)).isEmpty();
        assertThat(directory.byNetdev(netdev)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(IwarpQpState.class)
    void connectable_isIdleAndRtr(IwarpQpState state) {
        when(qp.state()).thenReturn(state);

        assertThat(acquired().connectable()).isEqualTo(state == IwarpQpState.IDLE || state == IwarpQpState.RTR);
    }

    @Test
    void owner_hearsOfBothWaysOutOfWork_untilDetached() {
        AtomicInteger told = new AtomicInteger();
        QpPort port = acquired();

        assertThat(port.attach(told::incrementAndGet)).isTrue();
        ArgumentCaptor<ConnectionOwner> owner = ArgumentCaptor.captor();
        verify(qp).attach(owner.capture());
        owner.getValue().qpLeftRts();
        owner.getValue().qpFailedBeforeRts();
        port.detach();

        assertThat(told).hasValue(2);
        verify(qp).detach(owner.getValue());
    }

    @Test
    void refusedOwnership_isFalse_andThereIsNothingToDetach() {
        doThrow(new ErrnoException(Errno.EINVAL)).when(qp).attach(any());
        QpPort port = acquired();

        assertThat(port.attach(() -> {})).isFalse();
        port.detach();

        verify(qp, never()).detach(any());
    }

    @Test
    void handover_isTranslatedFieldByField() {
        acquired().connect(new QpPort.Handover(new InetSocketAddress("10.1.2.3", 40000),
                new InetSocketAddress("192.168.200.250", 7174), 0xCAFE, 4, 0xFFFFFFF0, 123, 31, 8, 9));

        verify(qp).connect(
                new ConnectionParameters(CongestionControl.HPCC_INT, 0xCAFE, 0x0A010203, 40000, 0xC0A8C8FA, 7174,
                        0xFFFFFFF0, 123, 31),
                9, 8);
    }

    @Test
    void disconnects_areTheMovesOfVerbs() {
        QpPort port = acquired();

        port.disconnect(false);
        verify(qp).modify(QpState.SQD);
        port.disconnect(true);
        verify(qp).modify(QpState.ERR);
        port.streamClosed();
        verify(qp).streamClosed();
    }

    private QpPort acquired() { return directory.byNetdev(netdev).orElseThrow().acquire(QPN).orElseThrow(); }
}
