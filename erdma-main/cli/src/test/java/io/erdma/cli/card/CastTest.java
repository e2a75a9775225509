package io.erdma.cli.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.model.spec.CardSpec;
import org.junit.jupiter.api.Test;

class CastTest {
    @Test
    void theFirstTwoOfOneNetwork_play_andTheFirstOfAnotherOneIsOutside() {
        Cast cast = Cast.of(CardSpec.parse("""
            vport a vpc=red   mac=02:00:00:00:00:01 ip=10.0.0.1
            vport b vpc=blue  mac=02:00:00:00:00:02 ip=10.0.0.2 functions=none
            vport c vpc=blue  mac=02:00:00:00:00:03 ip=10.0.0.3,10.0.0.33
            vport d vpc=blue  mac=02:00:00:00:00:04
            vport e vpc=blue  mac=02:00:00:00:00:05 ip=10.0.0.5
            vport f vpc=green mac=02:00:00:00:00:06 ip=10.0.0.6
            """));

        assertThat(cast.sender().name()).isEqualTo("c");
        assertThat(Cast.address(cast.sender())).isEqualTo("10.0.0.3");
        assertThat(cast.receiver().name()).isEqualTo("e");
        assertThat(cast.outsider()).hasValueSatisfying(outsider -> assertThat(outsider.name()).isEqualTo("a"));
    }

    @Test
    void aCardOfOneNetwork_hasNoOutsider() {
        Cast cast = Cast.of(CardSpec.parse("""
            vport a vpc=x mac=02:00:00:00:00:01 ip=10.0.0.1
            vport b vpc=x mac=02:00:00:00:00:02 ip=10.0.0.2
            """));

        assertThat(cast.outsider()).isEmpty();
    }

    @Test
    void twoNetworksOfOneTenantEach_areEinval() {
        CardSpec card = CardSpec.parse("""
            vport a vpc=x mac=02:00:00:00:00:01 ip=10.0.0.1
            vport b vpc=y mac=02:00:00:00:00:02 ip=10.0.0.2
            """);

        assertThatThrownBy(() -> Cast.of(card)).hasMessageStartingWith("EINVAL: no virtual network of the card");
    }
}
