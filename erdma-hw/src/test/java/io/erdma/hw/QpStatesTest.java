package io.erdma.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.verbs.QpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QpStatesTest {
    @ParameterizedTest
    @CsvSource({ "IDLE,0,INIT", "RTR,1,RTR", "RTS,2,RTS", "CLOSING,3,ERR", "TERMINATE,4,ERR", "ERROR,5,ERR" })
    void iwarpState_hasTheWireNumber_andIsReportedAsTheVerbsState(IwarpQpState state, int number, QpState verbs) {
        assertThat(state.number()).isEqualTo(number);
        assertThat(IwarpQpState.of(number)).contains(state);
        assertThat(state.toVerbs()).isEqualTo(verbs);
    }

    @ParameterizedTest
    @CsvSource({ "RESET,IDLE", "INIT,IDLE", "RTR,RTR", "RTS,RTS", "SQD,CLOSING", "SQE,TERMINATE", "ERR,ERROR" })
    void verbsState_isAMoveToTheIwarpState(QpState verbs, IwarpQpState state) {
        assertThat(IwarpQpState.of(verbs)).isEqualTo(state);
    }

    @ParameterizedTest
    @CsvSource({ "RESET,0", "INIT,1", "RTR,2", "RTS,3", "SQD,4", "SQE,5", "ERR,6" })
    void roceState_hasTheWireNumber(QpState state, int number) {
        assertThat(RoceQpState.number(state)).isEqualTo(number);
        assertThat(RoceQpState.of(number)).contains(state);
    }

    @ParameterizedTest
    @CsvSource({ "NEW_RENO,0", "CUBIC,1", "HPCC_RTT,2", "HPCC_ECN,3", "HPCC_INT,4" })
    void congestionControl_hasTheWireNumber(CongestionControl algorithm, int number) {
        assertThat(algorithm.number()).isEqualTo(number);
        assertThat(CongestionControl.of(number)).contains(algorithm);
    }

    @Test
    void unknownNumbers_nameNothing() {
        assertThat(IwarpQpState.of(-1)).isEmpty();
        assertThat(IwarpQpState.of(6)).isEmpty();
        assertThat(RoceQpState.of(-1)).isEmpty();
        assertThat(RoceQpState.of(7)).isEmpty();
        assertThat(CongestionControl.of(-1)).isEmpty();
        assertThat(CongestionControl.of(5)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void congestionControl_ofTwoSidesThatAgree_isTheirs_elseCubic(CongestionControl own) {
        for (CongestionControl peer : CongestionControl.values()) {
            assertThat(CongestionControl.agree(own, peer)).isEqualTo(own == peer ? own : CongestionControl.CUBIC);
        }
    }
}
