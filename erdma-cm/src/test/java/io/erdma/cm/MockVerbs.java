package io.erdma.cm;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.erdma.cm.iwarp.FakeDevice;
import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.Access;
import io.erdma.verbs.CompletionQueue;
import io.erdma.verbs.CqInitAttributes;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.MemoryRegion;
import io.erdma.verbs.ProtectionDomain;
import io.erdma.verbs.QpInitAttributes;
import io.erdma.verbs.QueuePair;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The verbs of a device, mocked: objects do nothing but be made and closed, which is written down; a QP is one of a {@link FakeDevice}. */
final class MockVerbs {
    final ErdmaDevice device = mock(ErdmaDevice.class);
    /** What was made and closed, in order. */
    final List<String> log = new CopyOnWriteArrayList<>();
    /** Attributes of the QPs. */
    final List<QpInitAttributes> qpAttributes = new CopyOnWriteArrayList<>();
    /** Attributes of the CQs. */
    final List<CqInitAttributes> cqAttributes = new CopyOnWriteArrayList<>();
    private final FakeDevice numbers;
    private Optional<Errno> qpRefusal = Optional.empty();

    MockVerbs(FakeDevice numbers) {
        this.numbers = numbers;
        when(device.allocPd()).thenAnswer(_ -> pd());
        when(device.createCq(any(CqInitAttributes.class))).thenAnswer(call -> cq(call.getArgument(0)));
        when(device.createCq(anyInt())).thenThrow(new AssertionError("not used"));
    }

    void refuseQps(Errno errno) { qpRefusal = Optional.of(errno); }

    private ProtectionDomain pd() {
        ProtectionDomain pd = closable(mock(ProtectionDomain.class), "pd");
        when(pd.createQp(any())).thenAnswer(call -> qp(call.getArgument(0)));
        when(pd.regMr(any(MemorySegment.class), any(Access[].class))).thenAnswer(
                _ -> closable(mock(MemoryRegion.class), "mr"));
        return pd;
    }

    private CompletionQueue cq(CqInitAttributes attributes) {
        cqAttributes.add(attributes);
        return closable(mock(CompletionQueue.class), "cq");
    }

    private QueuePair qp(QpInitAttributes attributes) {
        qpRefusal.ifPresent(errno -> {
            throw new ErrnoException(errno);
        });
        qpAttributes.add(attributes);
        int qpn = numbers.createQp().qpn();
        QueuePair qp = closable(mock(QueuePair.class), "qp");
        when(qp.qpn()).thenReturn(qpn);
        return qp;
    }

    private <T extends AutoCloseable> T closable(T object, String name) {
        log.add("+" + name);
        try {
            doAnswer(_ -> log.add("-" + name)).when(object).close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return object;
    }
}
