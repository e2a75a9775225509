package io.erdma.core.verbs;

/**
 * Attributes of a device (libibverbs: {@code ibv_device_attr}).
 *
 * @param firmwareVersion as the device reports it
 * @param nodeGuid EUI-64, most significant byte first
 * @param systemImageGuid the same on this device
 * @param maxMrSize largest MR in bytes
 * @param pageSizes bit mask of page sizes
 * @param vendorId PCI vendor
 * @param vendorPartId PCI device
 * @param hardwareVersion PCI revision
 * @param maxQp QPs
 * @param maxQpWr requests a queue
 * @param maxSendSge elements of a send request
 * @param maxRecvSge elements of a receive request
 * @param maxReadSge elements of an RDMA READ
 * @param maxCq CQs
 * @param maxCqe entries of a CQ
 * @param maxMr MRs
 * @param maxMw memory windows
 * @param maxPd PDs
 * @param maxQpRdAtomic READs and atomics in flight towards a QP
 * @param maxQpInitRdAtomic READs and atomics in flight from a QP
 * @param maxResRdAtomic the same, in all
 * @param maxFastRegPages pages of a fast-register MR
 * @param maxAh address handles
 * @param atomicCapable atomics work, for all users of the memory on the device
 * @param memoryManagementExtensions fast registration and remote invalidation work
 * @param localDmaLkey lkey of all memory, for the kernel's own use; 0 where programs ask
 */
public record DeviceAttributes(
        int firmwareVersion,
        long nodeGuid,
        long systemImageGuid,
        long maxMrSize,
        long pageSizes,
        int vendorId,
        int vendorPartId,
        int hardwareVersion,
        int maxQp,
        int maxQpWr,
        int maxSendSge,
        int maxRecvSge,
        int maxReadSge,
        int maxCq,
        int maxCqe,
        int maxMr,
        int maxMw,
        int maxPd,
        int maxQpRdAtomic,
        int maxQpInitRdAtomic,
        int maxResRdAtomic,
        int maxFastRegPages,
        int maxAh,
        boolean atomicCapable,
        boolean memoryManagementExtensions,
        int localDmaLkey) {
    /** The same for programs, which must not reach all memory. */
    public DeviceAttributes withoutLocalDmaLkey() {
        return new DeviceAttributes(firmwareVersion, nodeGuid, systemImageGuid, maxMrSize, pageSizes, vendorId,
                vendorPartId, hardwareVersion, maxQp, maxQpWr, maxSendSge, maxRecvSge, maxReadSge, maxCq, maxCqe, maxMr,
                maxMw, maxPd, maxQpRdAtomic, maxQpInitRdAtomic, maxResRdAtomic, maxFastRegPages, maxAh, atomicCapable,
                memoryManagementExtensions, 0);
    }
}
