package io.erdma.model.device;

import io.erdma.core.hal.PciIdentity;
import io.erdma.core.hal.device.DmaSpace;
import io.erdma.core.hal.device.FunctionModel;
import io.erdma.core.hal.device.InterruptSink;
import io.erdma.hw.Aeqe;
import io.erdma.hw.CmdSqDoorbell;
import io.erdma.hw.Cqe;
import io.erdma.hw.DoorbellSpace;
import io.erdma.hw.PciIds;
import io.erdma.hw.Registers;
import io.erdma.hw.RqDoorbell;
import io.erdma.hw.Rqe;
import io.erdma.hw.SqDoorbell;
import io.erdma.hw.SqeHeader;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.text.CommandText;
import io.erdma.hw.text.CompletionText;
import io.erdma.hw.text.EventText;
import io.erdma.hw.text.RegisterText;
import io.erdma.hw.text.RequestText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One function's door with a {@link Tracer} at it. What it remembers belongs to the tracer's lock. */
final class FunctionTrace implements FunctionModel {
    private static final int INDEX_16 = 0xFFFF;
    private static final int MAX_BYTES = CommandHeader.COMMAND_BYTES;

    private final Tracer tracer;
    private final ErdmaFunction function;
    private final String name;
    private final MemorySegment entry = newEntry();
    private @Nullable Session session;
    private int commandsTold;
    private final Map<Integer, Watched> sends = new HashMap<>();
    /** Completion queues by number; the command CQ is 0. */
    private final TreeMap<Integer, Watched> completions = new TreeMap<>();
    private final Map<EventQueue, Watched> events = new HashMap<>();

    /** A queue, our own way into its memory, and the index of the entry to tell next. */
    private static final class Watched {
        private final Object queue;
        private final Ring ring;
        private int next;

        Watched(Object queue, Ring ring, int next) {
            this.queue = queue;
            this.ring = ring.again();
            this.next = next;
        }
    }

    FunctionTrace(Tracer tracer, ErdmaFunction function, String name) {
        this.tracer = tracer;
        this.function = function;
        this.name = name;
    }

    @SuppressWarnings("MustBeClosedChecker") // an automatic arena can't be closed
    private static MemorySegment newEntry() {
        return Arena.ofAuto().allocate(MAX_BYTES, Long.BYTES);
    }

    private void tell(String what) {
        tracer.tell(name + " " + what);
    }

    void tellRead(int bar, long offset, int size, long value) {
        if (bar == PciIds.FUNCTION_BAR) {
            tell("read  " + RegisterText.name(offset) + " = " + RegisterText.value(offset, size, value));
        }
    }

    void tellWrite(int bar, long offset, int size, long value) {
        if (bar != PciIds.FUNCTION_BAR) {
            return;
        }
        tell("write " + RegisterText.name(offset) + " = " + RegisterText.value(offset, size, value));
        Session current = watchSession();
        if (current == null || size != Long.BYTES) {
            return;
        }
        if (offset == Registers.CMDQ_SQDB) {
            tellCommands(current, CmdSqDoorbell.producerIndex(value));
        } else if (offset >= DoorbellSpace.SQ_OFFSET && offset < DoorbellSpace.CQ_OFFSET) {
            boolean receive = offset >= DoorbellSpace.RQ_OFFSET;
            QueuePair qp = current.queuePair(receive ? RqDoorbell.qpn(value) : SqDoorbell.qpn(value));
            if (qp != null && receive) {
                tellReceive(qp, RqDoorbell.producerIndex(value));
            } else if (qp != null) {
                tellRequests(qp, SqDoorbell.producerIndex(value));
            }
        }
    }

    private @Nullable Session watchSession() {
        Session current = function.session();
        if (current != session) {
            session = current;
            commandsTold = 0;
            sends.clear();
            completions.clear();
            events.clear();
        }
        return current;
    }

    /** Copies building blocks of a queue for us to look at; false if they can't be reached. */
    private boolean look(Ring ring, long position, int bytes) {
        EngineContext context = function.execution().context();
        context.enter();
        try {
            return ring.copyOut(position, bytes, entry);
        } catch (IllegalStateException | IndexOutOfBoundsException e) {
            return false;
        } finally {
            context.exit();
        }
    }

    private void tellCommands(Session current, int producerIndex) {
        Ring ring = current.commands().ring().again();
        int blocks = (int) (ring.bytes() >>> SqeHeader.WQEBB_SHIFT);
        int ahead = (producerIndex - commandsTold) & INDEX_16;
        if (ahead > blocks) {
            return;
        }
        for (; ahead >= CommandHeader.COMMAND_WQEBBS; ahead -= CommandHeader.COMMAND_WQEBBS) {
            if (look(ring, ring.wrap((long) commandsTold << SqeHeader.WQEBB_SHIFT), CommandHeader.COMMAND_BYTES)) {
                tell("  command[%d] %s".formatted(commandsTold, CommandText.of(entry, 0)));
            }
            commandsTold = (commandsTold + CommandHeader.COMMAND_WQEBBS) & INDEX_16;
        }
    }

    private void tellRequests(QueuePair qp, int producerIndex) {
        Watched watched = sends.get(qp.qpn());
        if (watched == null || watched.queue != qp) {
            watched = new Watched(qp, qp.sends().ring(), 0);
            sends.put(qp.qpn(), watched);
        }
        int blocks = (int) (watched.ring.bytes() >>> SqeHeader.WQEBB_SHIFT);
        int ahead = (producerIndex - watched.next) & INDEX_16;
        while (ahead > 0 && ahead <= blocks
                && look(watched.ring, watched.ring.wrap((long) watched.next << SqeHeader.WQEBB_SHIFT),
                        RequestText.sendBytes())) {
            tell("  qp %d request[%d] %s".formatted(qp.qpn(), watched.next, RequestText.send(entry, 0)));
            int count = SqeHeader.wqebbCount(SqeHeader.load(entry, 0));
            watched.next = (watched.next + count) & INDEX_16;
            ahead -= count;
        }
        watched.next = producerIndex;
    }

    private void tellReceive(QueuePair qp, int index) {
        Ring ring = qp.receives().ring().again();
        int at = (index - 1) & INDEX_16;
        if (look(ring, ring.wrap((long) at << Rqe.SHIFT), Rqe.BYTES)) {
            tell("  qp %d receive[%d] %s".formatted(qp.qpn(), at, RequestText.receive(entry, 0)));
        }
    }

    /** Tells of completions and events that are new. */
    void tellResults() {
        Session current = watchSession();
        if (current == null) {
            return;
        }
        tellCompletions(current.commandCompletions());
        for (int i = 1; i < current.completionQueues().length(); i++) {
            CompletionQueue queue = current.completionQueue(i);
            if (queue != null) {
                tellCompletions(queue);
            }
        }
        tellEvents(current.errorEvents(), "aeq", true);
        tellEvents(current.commandEvents(), "eq 0", false);
        for (int eqn = 1; eqn < current.completionEvents().length(); eqn++) {
            EventQueue queue = current.completionEvents(eqn);
            if (queue != null) {
                tellEvents(queue, "eq " + eqn, false);
            }
        }
    }

    private void tellCompletions(CompletionQueue queue) {
        Watched watched = completions.get(queue.cqn());
        if (watched == null || watched.queue != queue) {
            watched = new Watched(queue, queue.ring(), 0);
            completions.put(queue.cqn(), watched);
        }
        int end = queue.producerIndex();
        int depth = (int) (watched.ring.bytes() >>> Cqe.SHIFT);
        if (end - watched.next > depth) {
            tell("  cq %d … %d more".formatted(queue.cqn(), end - depth - watched.next));
            watched.next = end - depth;
        }
        for (; watched.next != end; watched.next++) {
            if (look(watched.ring, watched.ring.wrap((long) watched.next << Cqe.SHIFT), Cqe.BYTES)) {
                boolean command = Cqe.queueType(Cqe.load(entry, 0)) == Cqe.QUEUE_COMMAND;
                tell("  cq %d completion[%d] %s".formatted(queue.cqn(), watched.next,
                        command ? CompletionText.ofCommand(entry, 0) : CompletionText.of(entry, 0)));
            }
        }
    }

    private void tellEvents(EventQueue queue, String who, boolean errors) {
        Watched watched = events.computeIfAbsent(queue, fresh -> new Watched(fresh, fresh.ring(), 0));
        int end = queue.producerIndex();
        for (; watched.next != end; watched.next = (watched.next + 1) & INDEX_16) {
            // entries are smaller than the blocks that are copied
            long position = watched.ring.wrap((long) watched.next << Aeqe.SHIFT);
            long block = position & -SqeHeader.WQEBB_BYTES;
            if (look(watched.ring, block, SqeHeader.WQEBB_BYTES)) {
                tell("  %s event[%d] %s".formatted(who, watched.next, errors
                        ? EventText.error(entry, position - block)
                        : EventText.completion(entry, position - block)));
            }
        }
    }

    @Override
    public long read(int bar, long offset, int size) {
        long value = function.read(bar, offset, size);
        tracer.read(this, bar, offset, size, value);
        return value;
    }

    @Override
    public void write(int bar, long offset, int size, long value) {
        tracer.before(this, bar, offset, size, value);
        function.write(bar, offset, size, value);
        tracer.after();
    }

    @Override
    public void reset() {
        function.reset();
        tell("reset");
    }

    @Override
    public PciIdentity identity() {
        return function.identity();
    }

    @Override
    public long barBytes(int bar) {
        return function.barBytes(bar);
    }

    @Override
    public int vectors() {
        return function.vectors();
    }

    @Override
    public int msixTableBar() {
        return function.msixTableBar();
    }

    @Override
    public long msixPendingOffset() {
        return function.msixPendingOffset();
    }

    @Override
    public void attach(DmaSpace memory, InterruptSink interrupts) {
        function.attach(memory, interrupts);
    }
}
