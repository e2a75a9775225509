package io.erdma.model.device;

import io.erdma.core.exec.WorkQueue;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.net.MacAddress;
import java.util.Optional;

/**
 * Where on the card a function sits.
 *
 * @param peerMac MAC of the netdev beside it
 * @param flow rules and meters of its vport
 * @param junction where the connections of its virtual network meet
 * @param timers for peers that don't come; must outlive the function
 * @param faults planned faults; without a plan the seams are not there
 */
public record FunctionSite(
        MacAddress peerMac, FlowPolicy flow, Junction junction, WorkQueue timers, Optional<FaultPlan> faults) {}
