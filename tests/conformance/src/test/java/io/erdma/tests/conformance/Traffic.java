package io.erdma.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WcOpcode;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.tests.conformance.harness.End;

/** Messages between connected ends, each looked at byte by byte. */
final class Traffic {
    private static final int SOURCE = 0;
    private static final int TARGET = 8192;
    private static final int LENGTH = 1000;

    private Traffic() {}

    /** A message there, and one back, so many times, no two alike. */
    static void pingPong(End client, End server, int rounds) {
        for (int round = 0; round < rounds; round++) {
            send(client, server, 2 * round + 1);
            send(server, client, 2 * round + 2);
        }
    }

    private static void send(End from, End to, int seed) {
        from.memory.fill(SOURCE, LENGTH, seed);
        to.memory.fill(TARGET, LENGTH + 1, ~seed);
        byte behind = to.memory.bytes(TARGET + LENGTH, 1)[0];
        to.postReceive(seed, TARGET, LENGTH + 1);
        SendRequest request = from.send(SOURCE, LENGTH);
        request.wrId = -seed;
        from.post(request);

        assertCompletion(from.awaitOk(), -seed, WcOpcode.SEND, from);
        WorkCompletion received = to.awaitOk();
        assertCompletion(received, seed, WcOpcode.RECV, to);
        assertThat(received.byteLength).isEqualTo(LENGTH);
        assertThat(to.memory.bytes(TARGET, LENGTH)).isEqualTo(from.memory.bytes(SOURCE, LENGTH));
        assertThat(to.memory.bytes(TARGET + LENGTH, 1)).containsExactly(behind);
    }

    /** What a completion says beside its status. */
    static void assertCompletion(WorkCompletion completion, long wrId, WcOpcode opcode, End end) {
        assertThat(completion.wrId).isEqualTo(wrId);
        assertThat(completion.opcode).isEqualTo(opcode);
        assertThat(completion.qpNumber).isEqualTo(end.qp.qpn());
    }
}
