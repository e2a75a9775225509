package io.erdma.tests.conformance.walk;

import io.erdma.core.errno.ErrnoException;
import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.testing.ManualClock;
import io.erdma.core.testing.ManualWorkQueue;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.NotifyKind;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpState;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.driver.Host;
import io.erdma.model.Moc;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.CqSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Mode;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsChannel;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsMr;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.tests.conformance.harness.VerbsQp;
import io.erdma.verbs.ErdmaDevice;
import io.erdma.verbs.QpAttributes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Driver and card themselves, on which steps are played. Inline, and with time that only a step moves: so what a step does is done when it returns, and the same
 * script does the same thing each time.
 */
final class Rig implements AutoCloseable {
    private static final int VECTORS = 3;
    private static final int MOST_POLLED = 1024;
    private static final int SEND_SGES = 6;
    private static final int INLINE_BYTES = 96;

    private final ManualClock clock = new ManualClock();
    private final List<ManualWorkQueue> queues = new ArrayList<>();
    private final Setup setup;
    private final Lab lab;
    private final List<Host> hosts;
    private final List<Verbs> devices = new ArrayList<>();
    private final List<MemorySegment> memories = new ArrayList<>();
    private final List<DmaMapping> mappings = new ArrayList<>();
    private final Map<Long, VerbsPd> pds = new HashMap<>();
    private final Map<Long, VerbsMr> mrs = new HashMap<>();
    private final Map<Long, VerbsChannel> channels = new HashMap<>();
    private final Map<Long, VerbsCq> cqs = new HashMap<>();
    private final Map<VerbsCq, Long> cqNumbers = new HashMap<>();
    private final Map<Long, VerbsQp> qps = new HashMap<>();
    /** Of PDs and QPs. */
    private final Map<Long, Integer> sides = new HashMap<>();
    private final WorkCompletion[] completions = WorkCompletion.array(MOST_POLLED);
    private final Connections connections = new Connections();

    Rig(Setup setup) {
        this.setup = setup;
        Moc card = Moc.builder(Mode.INLINE.card(setup.card())).timers(queue()).faults(setup.newFaults()).build();
        lab = Lab.on(setup.api(), card, setup.card(),
                host -> host.vectors(VECTORS).driverQueue(queue()).cmQueue(queue()));
        hosts = List.of(lab.alice(), lab.bob());
        for (Host host : hosts) {
            MemorySegment memory = lab.memory(Side.BYTES).segment();
            memories.add(memory);
            mappings.add(host.machine().functions().getFirst().map(memory, DmaAccess.READ_WRITE));
            devices.add(lab.open(host));
        }
    }

    private ManualWorkQueue queue() {
        ManualWorkQueue queue = new ManualWorkQueue(clock);
        queues.add(queue);
        return queue;
    }

    /** What must be true of it now. */
    World newWorld() {
        List<Side> sides = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            sides.add(new Side(i, memories.get(i).address(), pages(mappings.get(i)),
                    device(i).capabilities().localDmaKey(), setup.api() == Api.KERNEL));
        }
        return new World(setup.api(), setup.rules(), VECTORS - 1, sides);
    }

    private static long[] pages(DmaMapping mapping) {
        long[] pages = new long[Side.BYTES / Side.PAGE];
        int page = 0;
        for (int run = 0; run < mapping.runCount(); run++) {
            for (long at = 0; at < mapping.runBytes(run); at += Side.PAGE) {
                pages[page++] = mapping.runAddress(run) + at;
            }
        }
        return pages;
    }

    private ErdmaDevice device(int side) {
        return hosts.get(side).device(Lab.LINK).orElseThrow();
    }

    /** A host's memory as it is. */
    MemorySegment memory(int side) {
        return memories.get(side);
    }

    /** Plays a step; its request is {@code sends} or {@code receive}, where it posts one. */
    Result play(Step step, SendRequest sends, ReceiveRequest receive) {
        try {
            if (step.verb().isSend() || step.verb() == Verb.BAD_POST || step.verb() == Verb.RECV) {
                VerbsQp qp = qps.get(step.get("qp"));
                long posted = Requests.isReceive(step) ? qp.postRecv(receive) : qp.postSend(sends);
                return new Result(PostResult.errno(posted), PostResult.taken(posted));
            }
            return Result.ok(call(step));
        } catch (ErrnoException e) {
            return Result.refused(e.errno());
        }
    }

    private long call(Step step) {
        return switch (step.verb()) {
            case ALLOC_PD -> allocPd(step);
            case DEALLOC_PD -> close(pds.get(step.get("pd")));
            case REG_MR -> register(step);
            case DMA_MR -> registered(step, pds.get(step.get("pd")).getDmaMr(access(step)));
            case DEREG_MR -> close(mrs.get(step.get("mr")));
            case QUERY_MR -> query(mrs.get(step.get("mr")));
            case CREATE_CHANNEL -> keep(channels, step, devices.get(step.getInt("side")).createChannel());
            case DESTROY_CHANNEL -> close(channels.get(step.get("channel")));
            case CREATE_CQ -> createCq(step);
            case DESTROY_CQ -> close(cqs.get(step.get("cq")));
            case CREATE_QP -> createQp(step);
            case DESTROY_QP -> close(qps.get(step.get("qp")));
            case CONNECT -> connect(step.get("qp"), step.get("peer"));
            case DISCONNECT -> modify(step, QpState.SQD);
            case MODIFY_ERR -> modify(step, QpState.ERR);
            case MODIFY -> modify(step, QpState.values()[step.getInt("state")]);
            case QUERY_QP -> query(qps.get(step.get("qp")));
            case POLL -> poll(step.get("cq"), step.getInt("max"));
            case ARM -> arm(step);
            case GET_EVENT -> channels.get(step.get("channel")).pollEvent().map(cqNumbers::get).orElse(0L);
            case ACK_EVENTS -> acknowledge(step);
            case ADVANCE_TIME -> advance(step);
            case FILL -> fill(step);
            default -> throw new IllegalArgumentException(step + " is a post");
        };
    }

    private long allocPd(Step step) {
        sides.put(step.get("id"), step.getInt("side"));
        return keep(pds, step, devices.get(step.getInt("side")).allocPd());
    }

    private static <T> long keep(Map<Long, T> all, Step step, T made) {
        all.put(step.get("id"), made);
        return 0;
    }

    private static long close(AutoCloseable object) {
        try {
            object.close();
        } catch (ErrnoException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return 0;
    }

    private static Access[] access(Step step) {
        return Access.of(step.getInt("access")).toArray(Access[]::new);
    }

    private long register(Step step) {
        VerbsPd pd = pds.get(step.get("pd"));
        int side = sides.get(step.get("pd"));
        long at = step.get("at");
        MemorySegment memory = memories.get(side).asSlice(at, step.get("bytes"));
        return registered(step,
                pd.regMr(memory, Region.iova(memory.address(), step.get("shift")), access(step)));
    }

    private long registered(Step step, VerbsMr mr) {
        if (mr.lkey() != mr.rkey()) {
            throw new Mismatch("lkey 0x%x, rkey 0x%x".formatted(mr.lkey(), mr.rkey()));
        }
        mrs.put(step.get("id"), mr);
        return mr.lkey();
    }

    private static long query(VerbsMr mr) {
        return encode(mr.lkey(), mr.address(), mr.length(), Access.bits(mr.access()));
    }

    /** Several numbers in one, to be compared. */
    static long encode(long... numbers) {
        long all = 0;
        for (long number : numbers) {
            all = 1_000_003 * all + number;
        }
        return all;
    }

    private long createCq(Step step) {
        CqSpec spec = CqSpec.of(step.getInt("entries")).withVector(step.getInt("vector"));
        Optional<VerbsChannel> channel = Optional.ofNullable(channels.get(step.get("channel")));
        VerbsCq cq = devices.get(step.getInt("side")).createCq(channel.map(spec::withChannel).orElse(spec));
        cqs.put(step.get("id"), cq);
        cqNumbers.put(cq, step.get("id"));
        return cq.entries();
    }

    private long createQp(Step step) {
        QpSpec spec = QpSpec.of(cqs.get(step.get("sends")))
                .withCqs(Optional.of(cqs.get(step.get("sends"))), Optional.of(cqs.get(step.get("receives"))))
                .withSizes(new QpCapabilities(step.getInt("sendwr"), step.getInt("recvwr"), SEND_SGES, 1,
                        INLINE_BYTES));
        VerbsQp qp = pds.get(step.get("pd")).createQp(step.get("signalall") != 0 ? spec.signallingAll() : spec);
        qps.put(step.get("id"), qp);
        sides.put(step.get("id"), sides.get(step.get("pd")));
        return qp.qpn();
    }

    private long connect(long from, long to) {
        connections.connect(new Connections.End(device(sides.get(from)), qps.get(from).qpn()),
                new Connections.End(device(sides.get(to)), qps.get(to).qpn()));
        return 0;
    }

    private long modify(Step step, QpState to) {
        qps.get(step.get("qp")).modify(to);
        return 0;
    }

    private static long query(VerbsQp qp) {
        QpAttributes now = qp.query();
        QpCapabilities sizes = now.capabilities();
        return encode(now.state().ordinal(), sizes.maxSendWr(), sizes.maxRecvWr(), now.maxRdAtomic());
    }

    /** Polls; what came is in {@link #completions}. */
    int poll(long cq, int max) {
        return cqs.get(cq).poll(max, completions);
    }

    WorkCompletion[] completions() {
        return completions;
    }

    private long arm(Step step) {
        NotifyKind kind = step.get("solicited") != 0 ? NotifyKind.SOLICITED : NotifyKind.NEXT_COMPLETION;
        boolean completions = false;
        for (long i = 0; i < step.get("times"); i++) {
            completions = cqs.get(step.get("cq")).reqNotify(kind);
        }
        return completions ? 1 : 0;
    }

    private long acknowledge(Step step) {
        cqs.get(step.get("cq")).ackEvents(step.getInt("count"));
        return 0;
    }

    private long advance(Step step) {
        clock.advance(step.get("micros") * 1000);
        return 0;
    }

    private long fill(Step step) {
        Requests.fill(memories.get(step.getInt("side")), step);
        return 0;
    }

    /** How many events a QP has had. */
    int events(long qp) {
        return qps.get(qp).events().size();
    }

    /** All objects have been closed; nothing may be left. */
    @Override
    public void close() {
        mappings.forEach(DmaMapping::close);
        lab.close();
        queues.forEach(ManualWorkQueue::close);
    }

    /** What is left does not matter: the walk has failed. */
    void abandon() {
        lab.abandon();
        queues.forEach(ManualWorkQueue::close);
    }
}
