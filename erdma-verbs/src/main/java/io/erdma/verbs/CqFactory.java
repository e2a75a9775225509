package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaMemory;
import io.erdma.cq.CompletionRing;
import io.erdma.cq.RequestLookup;
import io.erdma.eq.CompletionEventSink;
import io.erdma.hw.Cqe;
import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CreateCq;
import io.erdma.hw.cmd.DestroyCq;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes kernel CQs, destroys CQs, and brings them their events (kernel: {@code erdma_create_cq}, {@code create_cq_cmd}, {@code erdma_ceq_completion_handler}). */
final class CqFactory implements CompletionEventSink {
    private static final Logger LOG = LoggerFactory.getLogger(CqFactory.class);
    private static final int RING_ALIGNMENT = 64;

    private final DeviceParts parts;
    private final Lifetime lifetime;
    private final RequestLookup requests;
    private final ObjectTable<DeviceCq> table;

    CqFactory(DeviceParts parts, Lifetime lifetime, RequestLookup requests) {
        this.parts = parts;
        this.lifetime = lifetime;
        this.requests = requests;
        this.table = new ObjectTable<>("CQ", parts.capabilities().maxCq(), Errno.EBUSY);
    }

    ObjectTable<DeviceCq> table() {
        return table;
    }

    /** See {@link ErdmaDevice#createCq}. */
    CompletionQueue create(CqInitAttributes attributes) {
        lifetime.check();
        check(attributes.entries(), attributes.completionVector());
        attributes.channel().ifPresent(channel -> channel.enter(lifetime));
        CompletionQueue cq;
        try {
            cq = make(attributes);
        } catch (RuntimeException e) {
            attributes.channel().ifPresent(CompletionChannel::leave);
            throw e;
        }
        table.publish(cq.cqn(), cq);
        lifetime.checkMade(cq::close);
        return cq;
    }

    private CompletionQueue make(CqInitAttributes attributes) {
        Releases undo = new Releases();
        try {
            int cqn = table.reserve();
            undo.add(() -> table.free(cqn));
            DmaMemory ring = parts.function().allocateCoherent(ringBytes(attributes.entries()), RING_ALIGNMENT);
            undo.add(ring::close);
            DmaMemory doorbellRecord = parts.records().allocate();
            undo.add(doorbellRecord::close);
            CompletionRing completions = new CompletionRing(cqn, ring.segment(), doorbellRecord.segment(),
                    parts.doorbells().completionQueue(), requests, attributes.singleThreaded());
            createInDevice(completions, ring, doorbellRecord, attributes.completionVector());
            return new CompletionQueue(completions, attributes, this, undo::close);
        } catch (RuntimeException e) {
            undo.close();
            throw e;
        }
    }

    /** EINVAL: a number of entries or a vector that the device does not have. */
    void check(int entries, int vector) {
        if (entries < 1 || entries > parts.capabilities().maxCqe()) {
            throw new ErrnoException(Errno.EINVAL,
                    "CQ of " + entries + " entries, 1…" + parts.capabilities().maxCqe() + " are possible");
        }
        if (vector < 0 || vector >= parts.completionVectors()) {
            throw new ErrnoException(Errno.EINVAL,
                    "completion vector " + vector + ", there are " + parts.completionVectors());
        }
    }

    private static long ringBytes(int entries) {
        return (long) PowersOfTwo.atLeast(entries) << Cqe.SHIFT;
    }

    private void createInDevice(CompletionRing completions, DmaMemory ring, DmaMemory doorbellRecord, int vector) {
        parts.commands().execute(CommandOpcode.CREATE_CQ, (slot, at) -> {
            CreateCq.setLog2Depth(slot, at, Integer.numberOfTrailingZeros(completions.depth()));
            CreateCq.setPageShift(slot, at, Limits.KERNEL_CQ_PAGE_SHIFT);
            CreateCq.setCqn(slot, at, completions.cqn());
            CreateCq.setBufferAddress(slot, at, ring.deviceAddress());
            CreateCq.setMttEntries(slot, at, 1);
            CreateCq.setEqn(slot, at, vector + 1);
            CreateCq.setDoorbellRecord(slot, at, doorbellRecord.deviceAddress());
        });
    }

    /** DESTROY_CQ; from then on the number finds nothing. The caller frees the rest. */
    void destroy(int cqn) {
        try {
            parts.commands().execute(CommandOpcode.DESTROY_CQ, (slot, at) -> DestroyCq.setCqn(slot, at, cqn));
        } catch (ErrnoException e) {
            LOG.debug("DESTROY_CQ of CQ {} failed; it is freed all the same", cqn, e);
        }
        table.withdraw(cqn);
    }

    @Override
    public void completion(int cqn) {
        DeviceCq cq = table.find(cqn);
        if (cq == null || !cq.tryAcquire()) {
            return;
        }
        try {
            cq.completed();
        } finally {
            cq.release();
        }
    }
}
