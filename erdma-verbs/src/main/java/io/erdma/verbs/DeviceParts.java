package io.erdma.verbs;

import io.erdma.core.exec.WorkQueue;
import io.erdma.core.hal.DmaPool;
import io.erdma.core.hal.Mmio;
import io.erdma.core.hal.PciFunction;
import io.erdma.core.net.MacAddress;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.cmd.CommandChannel;

/**
 * What probe has brought up, and the device is built on. The device closes none of it.
 *
 * @param function the PCI function
 * @param commands the command queue
 * @param capabilities what the device can do
 * @param peerAddress MAC of the netdev that the function belongs to (registers NETDEV_MAC)
 * @param doorbells where kernel queues ring
 * @param records doorbell records of 8 bytes
 * @param responses command responses of 256 bytes
 * @param completionVectors how many completion EQs there are, from 0
 * @param events the router that the AEQ and the completion EQs report to
 * @param reflushQueue runs delayed REFLUSH commands
 */
public record DeviceParts(
        PciFunction function,
        CommandChannel commands,
        DeviceCapabilities capabilities,
        MacAddress peerAddress,
        Doorbells doorbells,
        DmaPool records,
        DmaPool responses,
        int completionVectors,
        EventRouter events,
        WorkQueue reflushQueue) {
    /**
     * Where doorbells are rung. The kernel's queues have three pages of 4096 bytes; a queue writes at offset 0 of its page, the number in the value decides.
     *
     * @param bar BAR 0, of which user contexts get pages
     * @param sendQueue page {@code KERNEL_SQ_PAGE} of BAR 0
     * @param receiveQueue page {@code KERNEL_RQ_PAGE}
     * @param completionQueue page {@code KERNEL_CQ_PAGE}
     */
    public record Doorbells(Mmio bar, Mmio sendQueue, Mmio receiveQueue, Mmio completionQueue) {
        /** Those of BAR 0. */
        public static Doorbells of(Mmio bar) {
            return new Doorbells(
                    bar,
                    page(bar, DoorbellSpace.KERNEL_SQ_OFFSET),
                    page(bar, DoorbellSpace.KERNEL_RQ_OFFSET),
                    page(bar, DoorbellSpace.KERNEL_CQ_OFFSET));
        }

        /** A page by its number, 1 … 65535. */
        Mmio page(int number) {
            return page(bar, number << DoorbellSpace.PAGE_SHIFT);
        }

        /** Whether a user context may own a page: it is in the doorbell space, and not one of the kernel's. */
        boolean isForUsers(int number) {
            return number >= DoorbellSpace.SHARED_SQ_PAGE && number < bar.bytes() >> DoorbellSpace.PAGE_SHIFT
                    && number != DoorbellSpace.KERNEL_SQ_PAGE && number != DoorbellSpace.KERNEL_RQ_PAGE
                    && number != DoorbellSpace.KERNEL_CQ_PAGE;
        }

        private static Mmio page(Mmio bar, int offset) {
            return bar.slice(offset, DoorbellSpace.PAGE_BYTES);
        }
    }
}
