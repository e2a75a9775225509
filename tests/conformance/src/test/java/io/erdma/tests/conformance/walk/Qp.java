package io.erdma.tests.conformance.walk;

import io.erdma.core.verbs.QpState;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A QP as it must be: what its driver thinks of its state and what its device does, requests that the device has not taken, entries whose room has not come back,
 * completions that nobody has polled.
 */
final class Qp {
    /** The driver's state machine. */
    enum Driver {
        IDLE,
        RTS,
        CLOSING,
        TERMINATE,
        ERROR;

        /** As verbs name it. */
        QpState toVerbs() {
            return switch (this) {
                case IDLE -> QpState.INIT;
                case RTS -> QpState.RTS;
                case CLOSING, TERMINATE, ERROR -> QpState.ERR;
            };
        }
    }

    /** What the device does with requests: keeps them, carries them out, flushes them. */
    enum Device {
        IDLE,
        RTS,
        FLUSHING,
        GONE
    }

    private static final int WQEBBS_A_REQUEST = 4;

    final long id;
    final Pd pd;
    final Cq sendCq;
    final Cq receiveCq;
    final boolean signalAll;
    final int sendDepth;
    final int receiveDepth;
    Driver driver = Driver.IDLE;
    Device device = Device.IDLE;
    Qp peer;
    /** Its program has moved it to ERR. */
    boolean ended;
    int number;
    /** QP_FATAL events until now. */
    int fatalEvents;

    final Deque<Wr> sends = new ArrayDeque<>();
    final Deque<Buffer> buffers = new ArrayDeque<>();
    private final Deque<Wr> sendRing = new ArrayDeque<>();
    private int sendRoom;
    private int receiveRoom;
    private final Deque<Done> sendsDone = new ArrayDeque<>();
    private final Deque<Done> receivesDone = new ArrayDeque<>();

    Qp(long id, Pd pd, Cq sendCq, Cq receiveCq, int sendWrs, int receiveWrs, boolean signalAll) {
        this.id = id;
        this.pd = pd;
        this.sendCq = sendCq;
        this.receiveCq = receiveCq;
        this.signalAll = signalAll;
        sendDepth = sendDepth(sendWrs);
        receiveDepth = powerOfTwo(receiveWrs);
        sendRoom = sendDepth;
        receiveRoom = receiveDepth;
    }

    static int sendDepth(int wrs) {
        return powerOfTwo(wrs * WQEBBS_A_REQUEST);
    }

    static int powerOfTwo(int value) {
        return value <= 1 ? 1 : Integer.highestOneBit(value - 1) << 1;
    }

    Side side() {
        return pd.side();
    }

    boolean isOpen() {
        return device != Device.GONE;
    }

    /** Whether messages get through. */
    boolean works() {
        return device == Device.RTS && peer != null && peer.device == Device.RTS;
    }

    boolean isFresh() {
        return driver == Driver.IDLE && device == Device.IDLE;
    }

    int sendRoom() {
        return sendRoom;
    }

    int receiveRoom() {
        return receiveRoom;
    }

    void post(Wr request) {
        sends.add(request);
        sendRing.add(request);
        sendRoom -= request.wqebbs();
    }

    void post(Buffer buffer) {
        buffers.add(buffer);
        receiveRoom--;
    }

    void sendDone(Done done) {
        sendsDone.add(done);
        sendCq.completed(done.counts());
    }

    void receiveDone(Done done) {
        receivesDone.add(done);
        receiveCq.completed(done.counts());
    }

    /** The next send completion is polled: its entry's room comes back, and that of entries before it. */
    Done pollSend() {
        Done done = sendsDone.poll();
        Wr freed = sendRing.poll();
        while (done != null && freed != null) {
            sendRoom += freed.wqebbs();
            if (freed.wrId() == done.wrId()) {
                break;
            }
            freed = sendRing.poll();
        }
        return done;
    }

    Done pollReceive() {
        receiveRoom++;
        return receivesDone.poll();
    }

    Done nextSend() {
        return sendsDone.peek();
    }

    Done nextReceive() {
        return receivesDone.peek();
    }

    /** How many of its completions wait in a CQ. */
    int waiting(Cq cq) {
        return (cq == sendCq ? sendsDone.size() : 0) + (cq == receiveCq ? receivesDone.size() : 0);
    }

    boolean waitsSolicited(Cq cq) {
        return cq == receiveCq && receivesDone.stream().anyMatch(Done::counts)
                || cq == sendCq && sendsDone.stream().anyMatch(Done::counts);
    }

    /** How many completions of it can be in a CQ at a time. */
    int most(Cq cq) {
        return (cq == sendCq ? sendDepth : 0) + (cq == receiveCq ? receiveDepth : 0);
    }

    /** It is destroyed: nobody hears of its requests any more. */
    void discard() {
        device = Device.GONE;
        sends.clear();
        buffers.clear();
        sendsDone.clear();
        receivesDone.clear();
    }
}
