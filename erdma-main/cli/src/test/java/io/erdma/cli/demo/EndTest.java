package io.erdma.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Conversation;
import io.erdma.cli.card.Session;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.model.spec.CardSpec;
import java.lang.foreign.Arena;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the demo does when a request is not taken, fails, or is lost. */
class EndTest {
    private final CardSpec spec = CardSpec.twoTenants();
    private final Session session = Session.linked(spec);
    private final Conversation talk = Conversation.between(session, Cast.of(spec));
    private final Arena arena = Arena.ofShared();
    private final End end = new End(talk.out(), arena);

    @AfterEach
    void closeAll() {
        arena.close();
        talk.close();
        session.close();
        assertThat(session.leaks()).isEmpty();
    }

    @Test
    void moreReceivesThanTheQueueHolds_areEio_saidWithTheirNumber() {
        for (int i = 0; i < 128; i++) {
            end.postReceive(0, 1);
        }

        assertThatThrownBy(() -> end.postReceive(0, 1))
                .hasMessage("EIO: only 0 of 1 requests were taken, errno 12");
    }

    @Test
    void aRequestThatFails_isEio_saidWithItsCompletion() {
        writeWithAWrongKey();
        assertThatThrownBy(() -> end.await(1)).hasMessageStartingWith("EIO: a request failed: ")
                .hasMessageContaining("REM_");
    }

    @Test
    void takeGood_saysWhatFailed() {
        writeWithAWrongKey();
        assertThatThrownBy(() -> Completions.takeGood(talk.out().cq(), WorkCompletion.array(1), "the write"))
                .hasMessageStartingWith("EIO: the write failed: ");
    }

    @Test
    void aCompletionThatDoesNotCome_isEtimedout() {
        assertThatThrownBy(() -> Completions.take(talk.out().cq(), 1, WorkCompletion.array(1), Duration.ZERO))
                .hasMessage("ETIMEDOUT: no completion in 0 ms");
    }

    private void writeWithAWrongKey() {
        SendRequest write = end.send(0);
        write.opcode = WrOpcode.RDMA_WRITE;
        write.flags = SendFlag.SIGNALED;
        write.remoteAddress = end.address(0);
        write.remoteKey = 0x7700;
        write.addSge(end.address(0), 8, end.region().lkey());
        end.postChain(1);
    }
}
