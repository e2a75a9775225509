package io.erdma.model.device;

import io.erdma.hw.DoorbellRecord;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.RingIndex;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.Rqe;
import io.erdma.hw.Sge;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.SqeAtomic;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.SqeLocalInv;
import io.erdma.hw.SqeRead;
import io.erdma.hw.SqeRegMr;
import io.erdma.hw.SqeSend;
import io.erdma.hw.SqeWrite;
import io.erdma.hw.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A QP whose requests are composed by hand: each puts an SQE in the ring; {@link #ring()} tells the device. */
final class TestQp {
    static final int SIGNALED = SqeHeader.SIGNALED;
    static final int SOLICITED = SqeHeader.SOLICITED;
    static final int FENCE = SqeHeader.FENCE;

    final TestHost host;
    final int qpn;
    final TestCq sendCq;
    final TestCq receiveCq;
    final int log2Sends;
    final int log2Receives;
    final long sends;
    final long receives;
    final long sendRecord;
    final long receiveRecord;
    /** Both rings, and both doorbell records side by side. */
    final MemorySegment sendRing;
    final MemorySegment receiveRing;
    final MemorySegment records;
    int sendIndex;
    int receiveIndex;
    int sendPage = DoorbellSpace.KERNEL_SQ_PAGE;
    int receivePage = DoorbellSpace.KERNEL_RQ_PAGE;
    /** An SQE is composed here, then copied into the ring, which it may wrap round. */
    private final MemorySegment draft;

    TestQp(TestHost host, int qpn, TestCq sendCq, TestCq receiveCq, int log2Sends, int log2Receives) {
        this(host, qpn, sendCq, receiveCq, log2Sends, log2Receives,
                host.memory.place(32L << log2Sends, 4096), host.memory.place(32L << log2Receives, 4096),
                host.memory.place(16, 8));
    }

    TestQp(TestHost host, int qpn, TestCq sendCq, TestCq receiveCq, int log2Sends, int log2Receives, Place sends,
            Place receives, Place records) {
        this.host = host;
        this.qpn = qpn;
        this.sendCq = sendCq;
        this.receiveCq = receiveCq;
        this.log2Sends = log2Sends;
        this.log2Receives = log2Receives;
        this.sends = sends.address();
        this.receives = receives.address();
        this.sendRecord = records.address();
        this.receiveRecord = sendRecord + 8;
        this.sendRing = sends.memory();
        this.receiveRing = receives.memory();
        this.records = records.memory();
        this.draft = Arena.ofAuto().allocate(128, 8);
    }

    /** A source or sink. */
    record Piece(long address, long bytes, int key) {
        static Piece of(TestMr mr, long offset, long bytes) {
            return new Piece(mr.va(offset), bytes, mr.stag());
        }
    }

    private void begin() {
        draft.fill((byte) 0xEE);
    }

    private int gather(int at, Piece[] pieces) {
        for (int i = 0; i < pieces.length; i++) {
            Sge.set(draft, at + 16L * i, pieces[i].address, pieces[i].bytes, pieces[i].key);
        }
        return at + 16 * pieces.length;
    }

    private static long sum(Piece[] pieces) {
        long sum = 0;
        for (Piece piece : pieces) {
            sum += piece.bytes;
        }
        return sum;
    }

    TestQp send(int flags, Piece... pieces) {
        begin();
        SqeSend.setLength(draft, 0, sum(pieces));
        return post(pieces.length, gather(SqeSend.SGL_OFFSET, pieces), SqOpcode.SEND, flags);
    }

    TestQp sendWithImmediate(int flags, int immediate, Piece... pieces) {
        begin();
        SqeSend.setImmediate(draft, 0, immediate);
        SqeSend.setLength(draft, 0, sum(pieces));
        return post(pieces.length, gather(SqeSend.SGL_OFFSET, pieces), SqOpcode.SEND_WITH_IMM, flags);
    }

    TestQp sendWithInvalidate(int flags, int stag, Piece... pieces) {
        begin();
        SqeSend.setInvalidateStag(draft, 0, stag);
        SqeSend.setLength(draft, 0, sum(pieces));
        return post(pieces.length, gather(SqeSend.SGL_OFFSET, pieces), SqOpcode.SEND_WITH_INV, flags);
    }

    TestQp sendInline(int flags, byte... data) {
        begin();
        SqeSend.setLength(draft, 0, data.length);
        MemorySegment.copy(data, 0, draft, ValueLayout.JAVA_BYTE, SqeSend.SGL_OFFSET, data.length);
        return post(data.length, SqeSend.SGL_OFFSET + data.length, SqOpcode.SEND, flags | SqeHeader.INLINE);
    }

    TestQp write(int flags, int stag, long sink, Piece... pieces) {
        return write(SqOpcode.WRITE, flags, 0, stag, sink, pieces);
    }

    TestQp writeWithImmediate(int flags, int immediate, int stag, long sink, Piece... pieces) {
        return write(SqOpcode.WRITE_WITH_IMM, flags, immediate, stag, sink, pieces);
    }

    private TestQp write(int opcode, int flags, int immediate, int stag, long sink, Piece... pieces) {
        begin();
        SqeWrite.setImmediate(draft, 0, immediate);
        SqeWrite.setLength(draft, 0, sum(pieces));
        SqeWrite.setSinkStag(draft, 0, stag);
        SqeWrite.setSinkOffset(draft, 0, sink);
        return post(pieces.length, gather(SqeWrite.SGL_OFFSET, pieces), opcode, flags);
    }

    TestQp writeInline(int flags, int stag, long sink, byte... data) {
        begin();
        SqeWrite.setLength(draft, 0, data.length);
        SqeWrite.setSinkStag(draft, 0, stag);
        SqeWrite.setSinkOffset(draft, 0, sink);
        MemorySegment.copy(data, 0, draft, ValueLayout.JAVA_BYTE, SqeWrite.SGL_OFFSET, data.length);
        return post(data.length, SqeWrite.SGL_OFFSET + data.length, SqOpcode.WRITE, flags | SqeHeader.INLINE);
    }

    TestQp read(int flags, Piece sink, int stag, long source) {
        return read(SqOpcode.READ, flags, 0, sink, stag, source);
    }

    TestQp readWithInvalidate(int flags, int invalidate, Piece sink, int stag, long source) {
        return read(SqOpcode.READ_WITH_INV, flags, invalidate, sink, stag, source);
    }

    private TestQp read(int opcode, int flags, int invalidate, Piece sink, int stag, long source) {
        begin();
        SqeRead.setInvalidateStag(draft, 0, invalidate);
        SqeRead.setLength(draft, 0, sink.bytes);
        SqeRead.setSinkStag(draft, 0, sink.key);
        SqeRead.setSinkOffset(draft, 0, sink.address);
        Sge.set(draft, SqeRead.REMOTE_SGE_OFFSET, source, sink.bytes, stag);
        return post(0, SqeRead.BYTES, opcode, flags);
    }

    TestQp compareAndSwap(int flags, long compare, long swap, Piece sink, int stag, long target) {
        begin();
        SqeAtomic.setCompare(draft, 0, compare);
        return atomic(SqOpcode.ATOMIC_CAS, flags, swap, sink, stag, target);
    }

    TestQp fetchAndAdd(int flags, long add, Piece sink, int stag, long target) {
        begin();
        return atomic(SqOpcode.ATOMIC_FAA, flags, add, sink, stag, target);
    }

    private TestQp atomic(int opcode, int flags, long value, Piece sink, int stag, long target) {
        SqeAtomic.setSwapOrAdd(draft, 0, value);
        Sge.setAddress(draft, SqeAtomic.REMOTE_SGE_OFFSET, target);
        Sge.setKey(draft, SqeAtomic.REMOTE_SGE_OFFSET, stag);
        Sge.set(draft, SqeAtomic.LOCAL_SGE_OFFSET, sink.address, sink.bytes, sink.key);
        return post(0, SqeAtomic.BYTES, opcode, flags);
    }

    TestQp registerInline(int flags, int stag, int rights, long address, long length, long... pages) {
        begin();
        SqeRegMr.setAttributes(draft, 0, pages.length, SqeRegMr.MTT_INLINE, rights);
        for (int i = 0; i < pages.length; i++) {
            Words.setLe64(draft, SqeRegMr.PAGES_OFFSET + 8L * i, pages[i]);
        }
        return register(flags, stag, address, length, SqeRegMr.PAGES_OFFSET + 8 * pages.length);
    }

    TestQp registerTable(int flags, int stag, int rights, long address, long length, int entries) {
        begin();
        SqeRegMr.setAttributes(draft, 0, entries, SqeRegMr.MTT_TABLE, rights);
        return register(flags, stag, address, length, 32);
    }

    private TestQp register(int flags, int stag, long address, long length, int bytes) {
        SqeRegMr.setAddress(draft, 0, address);
        SqeRegMr.setLength(draft, 0, length);
        SqeRegMr.setStag(draft, 0, stag);
        return post(0, bytes, SqOpcode.REG_MR, flags);
    }

    TestQp localInvalidate(int flags, int stag) {
        begin();
        SqeLocalInv.setStag(draft, 0, stag);
        return post(0, SqeLocalInv.BYTES, SqOpcode.LOCAL_INV, flags);
    }

    private TestQp post(int sgl, int bytes, int opcode, int flags) {
        int count = SqeHeader.wqebbs(bytes);
        return postRaw(SqeHeader.compose(sgl, count, qpn, opcode, flags, RingIndex.advance16(sendIndex, count)), count);
    }

    /** Puts the draft in the ring under any header. */
    TestQp postRaw(long header, int count) {
        SqeHeader.store(draft, 0, header);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(draft, 32L * i, sendRing, RingIndex.offset(sendIndex + i, 1 << log2Sends, 5), 32);
        }
        sendIndex = RingIndex.advance16(sendIndex, count);
        return this;
    }

    /** Tells the device, by record and doorbell. */
    void ring() {
        DoorbellRecord.store(records, 0, SqDoorbell.compose(qpn, sendIndex));
        host.write64((long) sendPage << 12, SqDoorbell.compose(qpn, sendIndex));
    }

    void receive(Piece piece) {
        long slot = RingIndex.offset(receiveIndex, 1 << log2Receives, Rqe.SHIFT);
        Rqe.setSge(receiveRing, slot, piece.address, piece.bytes, piece.key);
        receiveIndex = RingIndex.advance16(receiveIndex, 1);
        long header = Rqe.compose(qpn, receiveIndex);
        Rqe.store(receiveRing, slot, header);
        DoorbellRecord.store(records, 8, header);
        host.write64((long) receivePage << 12, RqDoorbell.compose(qpn, receiveIndex));
    }
}
