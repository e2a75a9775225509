package io.erdma.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FunctionSpecTest {
    @Test
    void defaults_areWhatLinuxRanOn() {
        FunctionSpec spec = FunctionSpec.defaults();

        assertThat(spec.barBytes()).isEqualTo(524288);
        assertThat(spec.vectors()).isEqualTo(32);
        assertThat(spec.maxCqeLog2()).isEqualTo(20);
        assertThat(spec.maxReceiveWrLog2()).isEqualTo(15);
        assertThat(spec.maxMrSizeLog2()).isEqualTo(40);
        assertThat(spec.maxQps()).isEqualTo(1024);
        assertThat(spec.maxCqs()).isEqualTo(2048);
        assertThat(spec.maxMrs()).isEqualTo(2048);
    }

    @Test
    void toBuilder_carriesEveryValueOver() {
        FunctionSpec spec = new FunctionSpec(1 << 20, 3, 4, 5, 1, 6, 7, 8, 9, 20, 11, 2, 13, 0x1000_0000, 14, false,
                false, true, false, Duration.ofSeconds(15), Duration.ofMillis(16));

        assertThat(spec.toBuilder().build()).isEqualTo(spec);
    }

    @Test
    void aValueThatOnlyADriverShouldRefuse_isTaken() {
        FunctionSpec spec = FunctionSpec.builder().version(0).congestionControl(9).build();

        assertThat(spec.version()).isZero();
        assertThat(spec.congestionControl()).isEqualTo(9);
    }

    static Stream<UnaryOperator<FunctionSpec.Builder>> outOfRange() {
        return Stream.of(b -> b.barBytes(256 << 10), b -> b.barBytes(768 << 10), b -> b.barBytes(512L << 20),
                b -> b.vectors(0), b -> b.vectors(33), b -> b.revision(256), b -> b.protocol(2), b -> b.qpBlocks(0),
                b -> b.qpBlocks(513), b -> b.maxCqeLog2(21), b -> b.maxReceiveWrLog2(16), b -> b.maxMrSizeLog2(64),
                b -> b.maxMwsLog2(32), b -> b.maxGidsLog2(9), b -> b.maxAhsLog2(21), b -> b.localDmaKey(0x0FFF_FFFF),
                b -> b.congestionControl(16), b -> b.peerWait(Duration.ofNanos(-1)),
                b -> b.receiveWait(Duration.ofNanos(-1)));
    }

    @ParameterizedTest
    @MethodSource("outOfRange")
    void build_withAValueOutOfRange_isEinval(UnaryOperator<FunctionSpec.Builder> change) {
        FunctionSpec.Builder builder = change.apply(FunctionSpec.builder());

        assertThatThrownBy(builder::build).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }
}
