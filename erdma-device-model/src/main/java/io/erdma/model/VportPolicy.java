package io.erdma.model;

import io.erdma.model.device.FlowPolicy;
import io.erdma.model.device.FourTuple;
import io.erdma.model.flow.DropReason;
import io.erdma.model.flow.FlowPort;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.flow.FlowVerdict;
import io.erdma.model.flow.Meter;
import io.erdma.model.spec.Traffic;

/** The card's rules and one vport's meters, as its functions ask them. A function bears the vport's MAC address whatever the host does to its netdev. */
final class VportPolicy implements FlowPolicy {
    private final FlowTable table;
    private final FlowPort port;

    VportPolicy(FlowTable table, FlowPort port) {
        this.table = table;
        this.port = port;
    }

    @Override
    public long generation() {
        return table.generation();
    }

    @Override
    public boolean allows(FourTuple flow) {
        FlowVerdict verdict = table.check(port, port.mac(), Traffic.RDMA, flow.source(), flow.sourcePort(),
                flow.destination(), flow.destinationPort());
        verdict.countDrop();
        return verdict.permitted();
    }

    @Override
    public int admit(long bytes, long packets) {
        return switch (port.transmit().admit(bytes, packets)) {
            case Meter.OVER_BITS -> dropped(DropReason.TRANSMIT_BITS, OVER_BITS);
            case Meter.OVER_PACKETS -> dropped(DropReason.TRANSMIT_PACKETS, OVER_PACKETS);
            default -> PASSED;
        };
    }

    @Override
    public int admitReceived(long bytes, long packets) {
        return switch (port.receive().admit(bytes, packets)) {
            case Meter.OVER_BITS -> dropped(DropReason.RECEIVE_BITS, OVER_BITS);
            case Meter.OVER_PACKETS -> dropped(DropReason.RECEIVE_PACKETS, OVER_PACKETS);
            default -> PASSED;
        };
    }

    private int dropped(DropReason reason, int result) {
        port.count(reason);
        return result;
    }
}
