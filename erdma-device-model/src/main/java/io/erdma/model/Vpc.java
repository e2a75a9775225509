package io.erdma.model;

import io.erdma.model.device.Junction;
import io.erdma.model.flow.FlowTable;
import io.erdma.model.net.VpcNetwork;

/** A virtual network: where its streams meet, and its RDMA connections. */
final class Vpc {
    private final VpcNetwork streams;
    private final Junction junction = new Junction();

    Vpc(CardServices services, FlowTable flows, long seed) {
        streams = new VpcNetwork(flows, services.timers(), services.events(), seed);
    }

    VpcNetwork streams() {
        return streams;
    }

    Junction junction() {
        return junction;
    }
}
