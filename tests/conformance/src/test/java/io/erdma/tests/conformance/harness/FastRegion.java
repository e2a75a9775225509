package io.erdma.tests.conformance.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.hal.DmaAccess;
import io.erdma.core.hal.DmaMapping;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.SendFlag;
import io.erdma.core.verbs.SendRequest;
import io.erdma.core.verbs.WrOpcode;
import io.erdma.driver.Host;
import io.erdma.verbs.DmaRange;
import io.erdma.verbs.FastRegisterMr;

/** A page that a fast-register MR of an end's PD opens to peers. Kernel verbs only. */
public final class FastRegion {
    private static final int PAGE = 4096;
    private static final int RIGHTS = Access.bits(Access.LOCAL_WRITE, Access.REMOTE_READ, Access.REMOTE_WRITE);

    private final Memory memory;
    private final FastRegisterMr mr;

    private FastRegion(Memory memory, FastRegisterMr mr) {
        this.memory = memory;
        this.mr = mr;
    }

    /** Registered by a request on the end's own send queue. */
    public static FastRegion registered(Lab lab, Host host, End end) {
        Memory memory = lab.memory(PAGE);
        DmaMapping mapping = lab.closeAtEnd(
                host.machine().functions().getFirst().map(memory.segment(), DmaAccess.READ_WRITE));
        FastRegion region = new FastRegion(memory, end.pd.allocMr(1));
        assertThat(region.mr.mapMrSg(DmaRange.of(mapping), 0, PAGE)).isEqualTo(1);
        region.mr.updateKey((byte) 0x42);
        end.post(region.registration());
        end.awaitOk();
        return region;
    }

    private SendRequest registration() {
        SendRequest request = new SendRequest();
        request.opcode = WrOpcode.REG_MR;
        request.flags = SendFlag.SIGNALED;
        request.registration = mr;
        request.registrationKey = mr.rkey();
        request.registrationAccess = RIGHTS;
        return request;
    }

    /** By which address its first byte is named. */
    public long address() {
        return mr.iova();
    }

    /** The key for peers. */
    public int rkey() {
        return mr.rkey();
    }

    /** Its first bytes. */
    public byte[] bytes(int length) {
        return memory.bytes(0, length);
    }
}
