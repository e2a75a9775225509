package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.ids.SparseArray;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;
import io.erdma.cq.CompletionTarget;
import io.erdma.cq.RequestLookup;
import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateQp;
import io.erdma.hw.cmd.CreateQpResponse;
import io.erdma.hw.cmd.DestroyQp;
import io.erdma.qp.Reflusher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes kernel QPs, and destroys QPs (kernel: {@code erdma_create_qp}, {@code create_qp_cmd}, {@code erdma_destroy_qp}; driver-behaviour §4). */
final class QpFactory implements RequestLookup {
    private static final Logger LOG = LoggerFactory.getLogger(QpFactory.class);

    private final DeviceParts parts;
    private final Lifetime lifetime;
    private final Port port;
    private final ObjectTable<DeviceQp> table;
    /** The same numbers, for those who poll: one step fewer. */
    private final SparseArray<CompletionTarget> targets;

    QpFactory(DeviceParts parts, Lifetime lifetime, Port port) {
        this.parts = parts;
        this.lifetime = lifetime;
        this.port = port;
        this.table = new ObjectTable<>("QP", parts.capabilities().maxQp(), Errno.ENOMEM);
        this.targets = new SparseArray<>(parts.capabilities().maxQp());
    }

    ObjectTable<DeviceQp> table() {
        return table;
    }

    @Override
    public CompletionTarget find(int qpn) {
        CompletionTarget target = targets.find(qpn);
        return target == null ? CompletionTarget.NONE : target;
    }

    /** See {@link ProtectionDomain#createQp}. */
    QueuePair create(ProtectionDomain pd, QpInitAttributes attributes, CqFactory cqs) {
        lifetime.check();
        check(attributes.capabilities(), attributes.type());
        CompletionQueue sendCq = attributes.sendCq().orElseThrow(QpFactory::noCq);
        CompletionQueue receiveCq = attributes.receiveCq().orElseThrow(QpFactory::noCq);
        if (!sendCq.isOf(cqs) || !receiveCq.isOf(cqs)) {
            throw new ErrnoException(Errno.EINVAL, sendCq + " or " + receiveCq + " is of another device");
        }
        QueuePair qp = make(pd, attributes, sendCq, receiveCq);
        table.publish(qp.qpn(), qp);
        lifetime.checkMade(qp::close);
        return qp;
    }

    /** EINVAL: sizes over the limits; EOPNOTSUPP: a type that the function does not have. */
    void check(QpCapabilities sizes, QpType type) {
        within("send requests", sizes.maxSendWr(), 1, Limits.SEND_WRS);
        within("receive requests", sizes.maxRecvWr(), 1, parts.capabilities().maxRecvWr());
        within("send elements", sizes.maxSendSge(), 0, Limits.SEND_SGES);
        within("receive elements", sizes.maxRecvSge(), 0, Limits.RECEIVE_SGES);
        within("inline bytes", sizes.maxInlineData(), 0, Limits.INLINE_BYTES);
        if (type != QpType.RC) {
            throw new ErrnoException(Errno.EOPNOTSUPP, type + " QPs: the function speaks iWARP, which has RC");
        }
    }

    private static void within(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new ErrnoException(Errno.EINVAL, "QP of %d %s, %d…%d are possible".formatted(value, what, min, max));
        }
    }

    private static ErrnoException noCq() {
        return new ErrnoException(Errno.EOPNOTSUPP, "QP without a CQ for each queue");
    }

    private QueuePair make(ProtectionDomain pd, QpInitAttributes attributes, CompletionQueue sendCq,
            CompletionQueue receiveCq) {
        Releases uses = new Releases();
        Releases memory = new Releases();
        try {
            pd.enter();
            uses.add(pd::leave);
            sendCq.enter();
            uses.add(sendCq::leave);
            receiveCq.enter();
            uses.add(receiveCq::leave);
            int qpn = table.reserve();
            memory.add(() -> table.free(qpn));
            KernelQueues queues = KernelQueues.allocate(qpn, parts, attributes, memory);
            Reflusher reflusher = new Reflusher(queues.sendRing(), queues.receiveRing(), parts.commands(),
                    parts.reflushQueue());
            int cookie = createInDevice(qpn, pd, queues, sendCq, receiveCq);
            targets.set(qpn, queues);
            uses.add(() -> targets.clear(qpn));
            return new QueuePair(this, pd, attributes, queues, parts.commands(), reflusher, cookie, uses, memory);
        } catch (RuntimeException e) {
            memory.close();
            uses.close();
            throw e;
        }
    }

    private int createInDevice(
            int qpn, ProtectionDomain pd, KernelQueues queues, CompletionQueue sendCq, CompletionQueue receiveCq) {
        return CreateQpResponse.cookie(parts.commands().execute(CommandOpcode.CREATE_QP, (slot, at) -> {
            CreateQp.setQpn(slot, at, qpn);
            CreateQp.setPd(slot, at, pd.pdn());
            CreateQp.setLog2SqDepth(slot, at, Integer.numberOfTrailingZeros(queues.sendRing().depth()));
            CreateQp.setLog2RqDepth(slot, at, Integer.numberOfTrailingZeros(queues.receiveRing().depth()));
            CreateQp.setSqPageShift(slot, at, Limits.KERNEL_QP_PAGE_SHIFT);
            CreateQp.setRqPageShift(slot, at, Limits.KERNEL_QP_PAGE_SHIFT);
            CreateQp.setSqCqn(slot, at, sendCq.cqn());
            CreateQp.setRqCqn(slot, at, receiveCq.cqn());
            CreateQp.setSqBufferAddress(slot, at, queues.sendAddress());
            CreateQp.setRqBufferAddress(slot, at, queues.receiveAddress());
            CreateQp.setSqMttEntries(slot, at, 1);
            CreateQp.setRqMttEntries(slot, at, 1);
            CreateQp.setSqDoorbellRecord(slot, at, queues.sendRecordAddress());
            CreateQp.setRqDoorbellRecord(slot, at, queues.receiveRecordAddress());
            CreateQp.setQpType(slot, at, CreateQp.TYPE_RC);
        }));
    }

    /** DESTROY_QP; from then on the number finds nothing. The caller frees the rest. */
    void destroy(int qpn) {
        try {
            parts.commands().execute(CommandOpcode.DESTROY_QP, (slot, at) -> DestroyQp.setQpn(slot, at, qpn));
        } catch (ErrnoException e) {
            LOG.debug("DESTROY_QP of QP {} failed; it is freed all the same", qpn, e);
        }
        table.withdraw(qpn);
    }

    Port port() {
        return port;
    }
}
