package io.erdma.model.device;

import io.erdma.hw.DoorbellSpace;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What each 4096-byte page of BAR 0 is for, and which user context owns it (device-interface §2, ALLOC_DB). Pages beyond the fixed ranges are given out for
 * any kind. Changed by the command processor alone; the kinds are read by doorbells, which come after the answer to ALLOC_DB.
 */
final class DoorbellPages {
    /** As the page of a queue: it may be rung anywhere. */
    static final int ANY = -1;

    static final byte NOTHING = 0;
    static final byte SEND = 1;
    static final byte RECEIVE = 2;
    static final byte COMPLETION = 3;

    private static final int SEND_END = DoorbellSpace.RQ_OFFSET >> DoorbellSpace.PAGE_SHIFT;
    private static final int RECEIVE_END = DoorbellSpace.CQ_OFFSET >> DoorbellSpace.PAGE_SHIFT;
    /** End of the smallest BAR; what lies behind is given out as it is needed. */
    private static final int COMPLETION_END = 0x80000 >> DoorbellSpace.PAGE_SHIFT;
    /** Page numbers have 16 bits. */
    private static final int MOST_PAGES = 1 << 16;

    private final byte[] kinds;
    private final @Nullable Owner[] owners;

    /** A user context: its pages, and how many queues are bound to it. */
    static final class Owner {
        private final int sendPage;
        private final int receivePage;
        private final int completionPage;
        private int users;

        private Owner(int sendPage, int receivePage, int completionPage) {
            this.sendPage = sendPage;
            this.receivePage = receivePage;
            this.completionPage = completionPage;
        }

        int sendPage() {
            return sendPage;
        }

        int receivePage() {
            return receivePage;
        }

        int completionPage() {
            return completionPage;
        }

        void addUsers(int change) {
            users += change;
        }

        boolean isUsed() {
            return users > 0;
        }
    }

    DoorbellPages(long barBytes) {
        int pages = (int) Math.min(MOST_PAGES, barBytes >> DoorbellSpace.PAGE_SHIFT);
        kinds = new byte[pages];
        owners = new Owner[pages];
        for (int page = DoorbellSpace.SHARED_SQ_PAGE; page < pages; page++) {
            kinds[page] = page < SEND_END
                    ? SEND
                    : page < RECEIVE_END ? RECEIVE : page < COMPLETION_END ? COMPLETION : NOTHING;
        }
    }

    /** What a page is for. */
    byte kind(int page) {
        return page < kinds.length ? kinds[page] : NOTHING;
    }

    /** Three pages for a context; empty if there are none left. */
    Optional<Owner> allocate() {
        int send = free(DoorbellSpace.SHARED_SQ_PAGE, SEND_END, DoorbellSpace.KERNEL_SQ_PAGE, 0);
        int receive = free(DoorbellSpace.SHARED_RQ_PAGE, RECEIVE_END, DoorbellSpace.KERNEL_RQ_PAGE, send);
        int completion = free(DoorbellSpace.SHARED_CQ_PAGE, COMPLETION_END, DoorbellSpace.KERNEL_CQ_PAGE,
                Math.max(send, receive));
        if (send < 0 || receive < 0 || completion < 0) {
            return Optional.empty();
        }
        Owner owner = new Owner(send, receive, completion);
        take(send, SEND, owner);
        take(receive, RECEIVE, owner);
        take(completion, COMPLETION, owner);
        return Optional.of(owner);
    }

    /** A free page of a range, but for the kernel's; else one behind the ranges and behind {@code taken}. */
    private int free(int from, int end, int kernelPage, int taken) {
        for (int page = from; page < end; page++) {
            if (page != kernelPage && owners[page] == null) {
                return page;
            }
        }
        for (int page = Math.max(COMPLETION_END, taken + 1); page < kinds.length; page++) {
            if (owners[page] == null) {
                return page;
            }
        }
        return -1;
    }

    private void take(int page, byte kind, Owner owner) {
        kinds[page] = kind;
        owners[page] = owner;
    }

    /** The context that owns a page. */
    Optional<Owner> owner(int page) {
        return page < owners.length ? Optional.ofNullable(owners[page]) : Optional.empty();
    }

    /** Takes a context's pages back. */
    void free(Owner owner) {
        for (int page : new int[]{ owner.sendPage, owner.receivePage, owner.completionPage }) {
            owners[page] = null;
            if (page >= COMPLETION_END) {
                kinds[page] = NOTHING;
            }
        }
    }
}
