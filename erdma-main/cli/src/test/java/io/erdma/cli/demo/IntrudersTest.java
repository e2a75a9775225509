package io.erdma.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.cli.card.Cast;
import io.erdma.cli.card.Session;
import io.erdma.core.verbs.WcStatus;
import io.erdma.model.spec.CardSpec;
import org.junit.jupiter.api.Test;

/** That what the demo shows of intruders can fail: whoever is allowed in gets in. */
class IntrudersTest {
    private static final CardSpec CARD = CardSpec.parse("""
        vport    a vpc=x mac=02:ba:d0:ba:d0:01 ip=10.0.0.1
        vport    b vpc=x mac=02:00:00:00:00:02 ip=10.0.0.3
        vport    c vpc=x mac=02:00:00:00:00:03 ip=10.0.0.4
        vport    d vpc=y mac=02:00:00:00:00:03 ip=10.0.0.3
        function a peer-wait=20
        """);
    private final Cast cast = Cast.of(CARD);

    @Test
    void oneOfTheSameNetwork_connects_andIsHeard() {
        try (Session session = Session.linked(CARD)) {
            Intruders.Attempt attempt = Intruders.connectFromOutside(session, CARD.vports().get(2), cast.sender());

            assertThat(attempt.end()).isEmpty();
            assertThat(attempt.heard()).isTrue();
            assertThat(attempt.failed()).isFalse();
        }
    }

    @Test
    void anOutsider_isNotHeard_andToldWhy() {
        try (Session session = Session.linked(CARD)) {
            Intruders.Attempt attempt = Intruders.connectFromOutside(session, CARD.vports().get(3), cast.receiver());

            assertThat(attempt.failed()).isTrue();
            assertThat(attempt.end()).startsWith("ECONNRE");
        }
        assertThat(new Intruders.Attempt("ETIMEDOUT", true).failed()).isFalse();
    }

    @Test
    void aBinding_isRefusedForAForeignAddress_andNotForOnesOwn() {
        try (Session session = Session.probed(CARD)) {
            assertThat(Intruders.bindWrongly(session.host("a"))).isEmpty();
            assertThat(Intruders.bindWrongly(session.host("b")))
                    .contains("02:ba:d0:ba:d0:01", "02:00:00:00:00:02").startsWith("EINVAL");
            assertThat(session.host("a").links().links()).isEmpty();
            assertThat(session.host("a").machine().netdevs().byName("wrong0")).isEmpty();
        }
    }

    @Test
    void aLiar_takesAnAddressThatNobodyHas_andIsDropped() {
        Session session = Session.linked(CARD);
        try (session) {
            Intruders.Lie lie = Intruders.lie(session, cast);

            assertThat(lie.untouched()).isTrue();
            assertThat(lie.status()).isEqualTo(WcStatus.RETRY_EXC_ERR);
            assertThat(lie.drops()).isPositive();
        }
        assertThat(session.leaks()).isEmpty();
    }
}
