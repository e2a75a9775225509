package io.erdma.cli.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.model.spec.CardSpec;
import org.junit.jupiter.api.Test;

class SessionTest {
    @Test
    void leaks_nameWhoHoldsWhat_whileItIsOpen_andNobodyAfterwards() {
        Session session = Session.linked(CardSpec.twoTenants());
        try (session) {
            assertThat(session.leaks()).hasSizeGreaterThanOrEqualTo(3)
                    .anySatisfy(leak -> assertThat(leak).startsWith("alice holds {"));
        }
        assertThat(session.leaks()).isEmpty();
    }

    @Test
    void probed_hasFunctionsButNoLinks_untilTheyAreMade() {
        try (Session session = Session.probed(CardSpec.twoTenants())) {
            assertThat(session.host("alice").driver().adapters()).hasSize(1);
            assertThat(session.host("alice").device(Session.LINK)).isEmpty();

            session.link(session.card().vport("alice"));

            assertThat(session.device("alice").name()).isEqualTo(Session.LINK);
            assertThat(session.host("bob").device(Session.LINK)).isEmpty();
        }
    }

    @Test
    void aConnection_leavesNothing_norOneThatFails() {
        Session session = Session.linked(CardSpec.twoTenants());
        try (session) {
            Cast cast = Cast.of(CardSpec.twoTenants());
            try (Conversation first = Conversation.between(session, cast)) {
                assertThat(first.out().isConnected()).isTrue();
                assertThat(session.host("alice").cm().idCount()).isEqualTo(1);
            }
            assertThat(session.host("alice").cm().idCount()).isZero();
            session.host("bob").links().dellink(Session.LINK);

            assertThatThrownBy(() -> Conversation.between(session, cast))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV));

            assertThat(session.host("alice").cm().idCount()).isZero();
            assertThat(session.host("bob").cm().idCount()).isZero();
        }
        assertThat(session.leaks()).isEmpty();
    }
}
