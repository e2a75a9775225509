package io.erdma.cli.demo;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;

/** A way to move a batch of pieces from the sender's slots to the receiver's. */
enum Way {
    /** The receiver posts buffers, the sender sends. */
    SEND("SEND/RECV") {
        @Override
        void move(End sender, End receiver, int[] lengths, int count, boolean last) {
            for (int i = 0; i < count; i++) {
                receiver.postReceive(i, lengths[i]);
            }
            for (int i = 0; i < count; i++) {
                request(sender, i, WrOpcode.SEND, lengths[i]);
            }
            sender.postChain(count);
            sender.await(count);
            receiver.await(count);
        }
    },
    /** The sender writes into the receiver's memory; the last piece of all tells the receiver by its immediate. */
    WRITE("RDMA WRITE") {
        @Override
        void move(End sender, End receiver, int[] lengths, int count, boolean last) {
            if (last) {
                receiver.postReceive(0, 0);
            }
            for (int i = 0; i < count; i++) {
                boolean tells = last && i == count - 1;
                SendRequest request = request(
                        sender, i, tells ? WrOpcode.RDMA_WRITE_WITH_IMM : WrOpcode.RDMA_WRITE, lengths[i]);
                request.immediate = IMMEDIATE;
                request.remoteAddress = receiver.address(i);
                request.remoteKey = receiver.region().rkey();
            }
            sender.postChain(count);
            sender.await(count);
            if (last) {
                receiver.await(1);
                if (receiver.last().immediate != IMMEDIATE) {
                    throw new ErrnoException(
                            Errno.EIO,
                            "immediate 0x%x came, 0x%x was sent".formatted(receiver.last().immediate, IMMEDIATE));
                }
            }
        }
    },
    /** The receiver reads from the sender's memory. */
    READ("RDMA READ") {
        @Override
        void move(End sender, End receiver, int[] lengths, int count, boolean last) {
            for (int i = 0; i < count; i++) {
                SendRequest request = request(receiver, i, WrOpcode.RDMA_READ, lengths[i]);
                request.remoteAddress = sender.address(i);
                request.remoteKey = sender.region().rkey();
            }
            receiver.postChain(count);
            receiver.await(count);
        }
    };

    private static final int IMMEDIATE = 0x0E_0F_10_11;

    private final String title;

    Way(String title) {
        this.title = title;
    }

    /** Moves the first {@code count} slots; when it returns, the data is in the receiver's. {@code last}: nothing follows. */
    abstract void move(End sender, End receiver, int[] lengths, int count, boolean last);

    private static SendRequest request(End end, int slot, WrOpcode opcode, int length) {
        SendRequest request = end.send(slot);
        request.wrId = slot;
        request.opcode = opcode;
        request.flags = SendFlag.SIGNALED;
        return request.addSge(end.address(slot), length, end.region().lkey());
    }

    @Override
    public String toString() {
        return title;
    }
}
