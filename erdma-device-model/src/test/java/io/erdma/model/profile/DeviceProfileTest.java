package io.erdma.model.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.AsyncEventType;
import io.erdma.core.verbs.WcStatus;
import io.erdma.model.spec.FunctionSpec;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DeviceProfileTest {
    @Test
    void features_followTheFunction() {
        assertThat(DeviceProfile.of(DeviceProfile.oldest()).features())
                .containsExactlyInAnyOrder(Feature.CONF_MTU, Feature.STATISTICS, Feature.QUERY_QP_STATE);
        assertThat(DeviceProfile.of(DeviceProfile.newest()).features())
                .containsExactlyInAnyOrder(Feature.CONF_MTU, Feature.STATISTICS, Feature.QUERY_QP_STATE,
                        Feature.ATOMICS,
                        Feature.REFLUSH, Feature.TABLE_LEVELS, Feature.EXTENDED_DOORBELLS);
    }

    @Test
    void has_tellsOneFeature() {
        DeviceProfile profile = DeviceProfile.of(FunctionSpec.builder().atomics(false).build());

        assertThat(profile.has(Feature.ATOMICS)).isFalse();
        assertThat(profile.has(Feature.REFLUSH)).isTrue();
    }

    @Test
    void featuresThatAreThere_haveAVersion() {
        assertThat(DeviceProfile.of(DeviceProfile.newest()).features())
                .allMatch(feature -> feature.since().isPresent());
        assertThat(Feature.SHARED_RECEIVE_QUEUES.since()).isEmpty();
    }

    @Test
    void decisions_sayWhatAndWhy() {
        assertThat(Stream.of(Decision.values())).allSatisfy(decision -> {
            assertThat(decision.what()).isNotBlank();
            assertThat(decision.why()).isNotBlank();
        });
    }

    @Test
    void outcomes_areAskedForAsWhatTheyAre() {
        DeviceProfile profile = DeviceProfile.of(FunctionSpec.defaults());

        assertThat(profile.status(Decision.NO_RECEIVE)).isEqualTo(WcStatus.GENERAL_ERR);
        assertThat(profile.errno(Decision.MODIFY_TO_RTS)).isEqualTo(Errno.EINVAL);
        assertThat(profile.event(Decision.VIOLATION_AT_RESPONDER)).isEqualTo(AsyncEventType.QP_FATAL);
        assertThatIllegalArgumentException().isThrownBy(() -> profile.status(Decision.MODIFY_TO_RTS));
        assertThatIllegalArgumentException().isThrownBy(() -> profile.errno(Decision.NO_RECEIVE));
        assertThatIllegalArgumentException().isThrownBy(() -> profile.event(Decision.NO_RECEIVE));
    }
}
