package io.erdma.driver;

import io.erdma.cmdq.CommandQueueState;
import io.erdma.core.hal.PciIdentity;
import io.erdma.core.net.MacAddress;
import io.erdma.eq.EventQueueState;
import java.util.List;
import java.util.Optional;

/**
 * What there is to see of a function that was brought up.
 *
 * @param identity which function
 * @param peerAddress MAC of the netdev that it belongs to
 * @param device name of the device that it is bound as, or empty
 * @param commands its command queue
 * @param asyncEvents its AEQ
 * @param completionEvents its completion EQs
 */
public record AdapterState(
        PciIdentity identity,
        MacAddress peerAddress,
        Optional<String> device,
        CommandQueueState commands,
        EventQueueState asyncEvents,
        List<EventQueueState> completionEvents) {}
