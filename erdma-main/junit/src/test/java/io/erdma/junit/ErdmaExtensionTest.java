package io.erdma.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.PostResult;
import io.erdma.core.verbs.ReceiveRequest;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WorkCompletion;
import io.erdma.model.Moc;
import io.erdma.verbs.MemoryRegion;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

@ErdmaTest
class ErdmaExtensionTest {
    @Test
    void test_isGivenTwoConnectedHosts(ConnectedHosts hosts, Moc card) {
        assertThat(hosts.card()).isSameAs(card);
        assertThat(hosts.out().isConnected()).isTrue();
        assertThat(hosts.in().isConnected()).isTrue();
        assertThat(hosts.alice().device(ConnectedHosts.LINK)).isPresent();
        assertThat(hosts.bob().device(ConnectedHosts.LINK)).isPresent();
        assertThat(card.spec().engineThreads()).isZero();
        assertThat(card.spec().strict()).isTrue();
    }

    @Test
    @ErdmaTest(engineThreads = 2, strict = false)
    void method_overridesWhatItsClassSays(ConnectedHosts hosts) {
        assertThat(hosts.card().spec().engineThreads()).isEqualTo(2);
        assertThat(hosts.card().spec().strict()).isFalse();
    }

    @Test
    void message_passesBetweenTheHosts(ConnectedHosts hosts) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment from = arena.allocateFrom("hello");
            MemorySegment to = arena.allocate(16);
            MemoryRegion source = hosts.out().register(from);
            MemoryRegion target = hosts.in().register(to, Access.LOCAL_WRITE);
            ReceiveRequest receive = new ReceiveRequest().set(1, to.address(), 16, target.lkey());
            assertThat(PostResult.isOk(hosts.in().qp().postRecv(receive))).isTrue();
            SendRequest send = new SendRequest().addSge(from.address(), 6, source.lkey());
            assertThat(PostResult.isOk(hosts.out().qp().postSend(send))).isTrue();
            WorkCompletion[] done = WorkCompletion.array(1);
            while (hosts.in().cq().poll(1, done) == 0) {
                Thread.onSpinWait();
            }
            assertThat(done[0].ok()).isTrue();
            assertThat(to.getString(0)).isEqualTo("hello");
            source.close();
            target.close();
        }
    }

    @Test
    void threadsOutOfRange_areEinval() {
        assertThatThrownBy(() -> ConnectedHosts.on(-1, false)).hasMessageStartingWith("EINVAL: engine threads -1");
        assertThatThrownBy(() -> ConnectedHosts.on(65, false)).hasMessageStartingWith("EINVAL: engine threads 65");
    }

    @Test
    void closing_isIdempotent_andNamesWhatATestLeavesBehind() {
        ConnectedHosts tidy = ConnectedHosts.on(0, true);
        tidy.close();
        tidy.close();

        ConnectedHosts untidy = ConnectedHosts.on(0, true);
        untidy.card().vport("mallory").ledger().add(io.erdma.core.leak.Resource.DMA_MAPPING, 1);
        assertThatThrownBy(untidy::close).isInstanceOf(AssertionError.class)
                .hasMessageContaining("mallory").hasMessageContaining("DMA_MAPPING");
    }
}
