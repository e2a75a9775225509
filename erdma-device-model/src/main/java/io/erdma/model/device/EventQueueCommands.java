package io.erdma.model.device;

import io.erdma.hw.Limits;
import io.erdma.hw.cmd.CommandResponse;
import io.erdma.hw.cmd.CreateEq;
import io.erdma.hw.cmd.DestroyEq;
import java.lang.foreign.MemorySegment;

/** CREATE_EQ, DESTROY_EQ. Only completion EQs are made by command. */
final class EventQueueCommands {
    private final Session session;

    EventQueueCommands(Session session) {
        this.session = session;
    }

    CommandResponse create(MemorySegment command) {
        int eqn = eqn(CreateEq.eqn(command, 0));
        int vector = CreateEq.vector(command, 0);
        int log2Depth = CreateEq.log2Depth(command, 0);
        Refusal.unless(CreateEq.type(command, 0) == CreateEq.TYPE_CEQ, "EQ type", CreateEq.type(command, 0));
        Refusal.unless(session.completionEvents(eqn) == null, "there is an EQ", eqn);
        Refusal.unless(vector < session.spec().vectors(), "vector", vector);
        Refusal.unless(log2Depth <= Limits.LOG2_EQ_DEPTH, "log2 of the EQ depth", log2Depth);
        EventQueue queue = EventQueue
                .open(session.function(), session.space(), CreateEq.ringAddress(command, 0), 1 << log2Depth,
                        CreateEq.doorbellRecord(command, 0), vector)
                .orElseThrow(() -> new Refusal("EQ memory can't be used"));
        session.completionEvents().setRelease(eqn, queue);
        return CommandResponse.NONE;
    }

    CommandResponse destroy(EngineContext context, MemorySegment command) {
        int eqn = eqn(DestroyEq.eqn(command, 0));
        EventQueue queue = session.completionEvents(eqn);
        if (queue == null) {
            throw new Refusal("no EQ " + eqn);
        }
        Refusal.unless(queue.users() == 0, "EQ is used by CQs:", queue.users());
        session.completionEvents().set(eqn, null);
        queue.close();
        context.quiesce();
        return CommandResponse.NONE;
    }

    private static int eqn(int eqn) {
        Refusal.unless(eqn >= 1 && eqn <= Limits.MAX_EQN, "EQN", eqn);
        return eqn;
    }
}
