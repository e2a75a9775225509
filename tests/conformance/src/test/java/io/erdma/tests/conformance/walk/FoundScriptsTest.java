package io.erdma.tests.conformance.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.model.profile.DeviceProfile;
import io.erdma.tests.conformance.harness.Api;
import org.junit.jupiter.api.Test;

/** Scripts that walks once failed with, cut down further by hand. */
class FoundScriptsTest {
    private static void comesToWhatItMust(Api api, String script) {
        assertThat(Walk.play(Setup.of(api, DeviceProfile.newest()), Script.parse(script))).isEmpty();
    }

    /** Bytes that end with the last address there is do not wrap: what speaks against them first is that the region may not be written. */
    @Test
    void writeToTheLastBytesOfAllAddresses_withoutTheRight_isRefusedForTheRight() {
        comesToWhatItMust(Api.KERNEL, """
            ALLOC_PD id=1 side=0
            ALLOC_PD id=2 side=1
            CREATE_CQ id=3 side=0 entries=64 channel=0 vector=0 eager=1
            CREATE_CQ id=4 side=1 entries=64 channel=0 vector=0 eager=1
            CREATE_QP id=5 pd=1 sends=3 receives=3 sendwr=4 recvwr=4 signalall=0
            CREATE_QP id=6 pd=2 sends=4 receives=4 sendwr=4 recvwr=4 signalall=0
            DMA_MR id=7 pd=2 access=1
            REG_MR id=8 pd=1 at=0 bytes=64 access=1 shift=0
            CONNECT qp=5 peer=6
            WRITE qp=5 wr=16 flags=2 mr=8 at=0 bytes=4 pieces=1 remote=7 rat=0 value=0 twist=8
            """);
    }
}
