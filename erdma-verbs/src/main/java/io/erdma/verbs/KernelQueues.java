package io.erdma.verbs;

import io.erdma.core.hal.DmaMemory;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.cq.CompletionTarget;
import io.erdma.hw.Limits;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqeHeader;
import io.erdma.qp.ReceiveRing;
import io.erdma.qp.RingOption;
import io.erdma.qp.SendRing;
import java.util.EnumSet;
import java.util.Set;

/** The two rings of a kernel QP, over memory of its own, and how completions find their requests (kernel: {@code init_kernel_qp}). */
final class KernelQueues implements CompletionTarget {
    private static final int RING_ALIGNMENT = 64;

    private final SendRing sendRing;
    private final ReceiveRing receiveRing;
    private final DmaMemory sendMemory;
    private final DmaMemory receiveMemory;
    private final DmaMemory sendRecord;
    private final DmaMemory receiveRecord;

    private KernelQueues(int qpn, DmaMemory[] memory, DeviceParts.Doorbells doorbells, Set<RingOption> options) {
        this.sendMemory = memory[0];
        this.receiveMemory = memory[1];
        this.sendRecord = memory[2];
        this.receiveRecord = memory[3];
        this.sendRing = new SendRing(qpn, sendMemory.segment(), sendRecord.segment(), doorbells.sendQueue(), options);
        this.receiveRing = new ReceiveRing(qpn, receiveMemory.segment(), receiveRecord.segment(),
                doorbells.receiveQueue(), options);
    }

    /**
     * Allocates rings for the requests asked for: the send queue has the next power of two of four times as many building blocks. ENOMEM.
     *
     * @param releases is given what frees them
     */
    static KernelQueues allocate(int qpn, DeviceParts parts, QpInitAttributes attributes, Releases releases) {
        int sendDepth = PowersOfTwo.atLeast(attributes.capabilities().maxSendWr() * Limits.WQEBBS_PER_SEND_WR);
        int receiveDepth = PowersOfTwo.atLeast(attributes.capabilities().maxRecvWr());
        DmaMemory[] memory = {
            keep(releases,
                    parts.function().allocateCoherent((long) sendDepth << SqeHeader.WQEBB_SHIFT, RING_ALIGNMENT)),
            keep(releases, parts.function().allocateCoherent((long) receiveDepth << Rqe.SHIFT, RING_ALIGNMENT)),
            keep(releases, parts.records().allocate()),
            keep(releases, parts.records().allocate()) };
        Set<RingOption> options = EnumSet.noneOf(RingOption.class);
        if (attributes.signalAll()) {
            options.add(RingOption.SIGNAL_ALL);
        }
        if (attributes.singleThreaded()) {
            options.add(RingOption.SINGLE_THREADED);
        }
        return new KernelQueues(qpn, memory, parts.doorbells(), options);
    }

    private static DmaMemory keep(Releases releases, DmaMemory memory) {
        releases.add(memory::close);
        return memory;
    }

    SendRing sendRing() {
        return sendRing;
    }

    ReceiveRing receiveRing() {
        return receiveRing;
    }

    long sendAddress() {
        return sendMemory.deviceAddress();
    }

    long receiveAddress() {
        return receiveMemory.deviceAddress();
    }

    long sendRecordAddress() {
        return sendRecord.deviceAddress();
    }

    long receiveRecordAddress() {
        return receiveRecord.deviceAddress();
    }

    @Override
    public boolean sendCompleted(int wqeIndex, WorkCompletion into) {
        return sendRing.completed(wqeIndex, into);
    }

    @Override
    public boolean receiveCompleted(int wqeIndex, WorkCompletion into) {
        return receiveRing.completed(wqeIndex, into);
    }

    @Override
    public boolean isDatagram() {
        return false;
    }
}
