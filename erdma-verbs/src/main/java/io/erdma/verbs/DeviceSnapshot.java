package io.erdma.verbs;

import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortAttributes;
import java.util.List;

/**
 * A device and its objects at one moment, each kind in the order of its numbers.
 *
 * @param name name of the device
 * @param netdev name of its network interface
 * @param attributes what a query reports
 * @param port its port
 * @param protectionDomains its PDs
 * @param memoryRegions its MRs
 * @param completionQueues its CQs
 * @param queuePairs its QPs
 * @param contexts its user contexts, in no order
 */
public record DeviceSnapshot(
        String name, String netdev, DeviceAttributes attributes, PortAttributes port,
        List<PdSnapshot> protectionDomains,
        List<MrSnapshot> memoryRegions, List<CompletionQueueSnapshot> completionQueues, List<QpSnapshot> queuePairs,
        List<UserContextSnapshot> contexts) {}
