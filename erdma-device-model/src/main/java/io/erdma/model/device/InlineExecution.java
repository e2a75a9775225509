package io.erdma.model.device;

import io.erdma.core.hal.device.DmaDomain;

/** The ringing thread claims and runs; below an engine or an interrupt handler it only queues. */
final class InlineExecution extends Execution {
    InlineExecution(DmaDomain domain) {
        super(domain);
    }

    @Override
    void ring(Work work, int index) {
        EngineContext context = context();
        if (context.settling()) {
            if (work.ring(index, false)) {
                context.add(work);
            }
        } else if (work.ring(index, true)) {
            context.runAndSettle(work);
        }
    }

    @Override
    void wake(Work work) {
        EngineContext context = context();
        if (context.settling()) {
            if (work.wake(false)) {
                context.add(work);
            }
        } else if (work.wake(true)) {
            context.runAndSettle(work);
        }
    }

    @Override
    void command(Work work, int index) {
        if (work.ring(index, true)) {
            EngineContext context = context();
            if (context.settling()) {
                // in a handler: no engine is on the stack, and the handler's thread polls for the completion
                work.runClaimed(context);
            } else {
                context.runAndSettle(work);
            }
        }
    }

    @Override
    public void close() {
        // the threads are others'
    }
}
