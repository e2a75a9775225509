package io.erdma.core.fault;

/** Where a fault can strike. The detail that comes with a point narrows it down. */
public enum FaultPoint {
    /** {@code PciFunction.enable}. */
    HAL_ENABLE,
    /** {@code PciFunction.mapBar}; detail: BAR. */
    HAL_MAP_BAR,
    /** {@code PciFunction.setDmaMask}; detail: bits. */
    HAL_DMA_MASK,
    /** {@code PciFunction.allocateCoherent}; detail: bytes. */
    HAL_ALLOCATE,
    /** {@code PciFunction.map}; detail: bytes. */
    HAL_MAP,
    /** {@code PciFunction.allocateVectors}; detail: the largest number wanted. */
    HAL_VECTORS,
    /** {@code InterruptVectors.bind}; detail: vector. */
    HAL_BIND_VECTOR,
    /** A register that the device is asked for; detail: offset. {@link FaultAction.Value} answers in its stead. */
    DEVICE_READ,
    /** A command that the device takes; detail: sub-module &lt;&lt; 8 | opcode. */
    DEVICE_COMMAND,
    /** A doorbell of a QP or CQ that the device receives; detail: QPN or CQN. */
    DEVICE_DOORBELL,
    /** An interrupt that the device would raise; detail: vector. */
    DEVICE_INTERRUPT,
    /** A batch of a QP's send engine; detail: QPN. */
    DEVICE_ENGINE
}
