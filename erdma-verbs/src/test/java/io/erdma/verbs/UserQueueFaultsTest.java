package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.fault.FaultAction;
import io.erdma.core.fault.FaultPlan;
import io.erdma.core.fault.FaultPoint;
import io.erdma.core.fault.FaultyFunction;
import io.erdma.core.hal.device.InProcessOptions;
import io.erdma.core.leak.Resource;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.hw.cmd.CommandOpcode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each thing that a user's queue takes from the host is refused in turn: nothing is held then, and the next attempt works. */
class UserQueueFaultsTest {
    private final FaultPlan plan = new FaultPlan();
    private final UserBench user = new UserBench(
            new Bench(Bench.EXTENDED, InProcessOptions.STRICT, pci -> new FaultyFunction(pci, plan)));
    private final AnonymousMemory big = user.process.mmap(4 << 20);

    @AfterEach
    void nothingIsLeft() {
        user.assertNothingLeft();
    }

    private long mappings() {
        return user.bench.hardware.ledger().held(Resource.DMA_MAPPING);
    }

    private long dmaMemory() {
        return user.bench.hardware.ledger().held(Resource.DMA_MEMORY);
    }

    @ParameterizedTest
    @CsvSource({ "HAL_MAP,0", "HAL_MAP,1", "HAL_ALLOCATE,0" })
    void createCq(FaultPoint point, int before) {
        user.aimCq(big.address(), 4096 * 32, user.records.address());
        long held = dmaMemory();
        plan.add(point, FaultPlan.ANY, before, 1, new FaultAction.Fail(Errno.ENOMEM));

        assertRefused(Errno.ENOMEM, () -> user.context.createCq(4096, 0, 0, user.cqRequest, user.cqResponse));

        assertThat(mappings()).isZero();
        assertThat(dmaMemory()).isEqualTo(held);
        user.assertEmpty();
        assertThat(user.bench.commands.opcodes()).doesNotContain(CommandOpcode.CREATE_CQ);
        user.context.createCq(4096, 0, 0, user.cqRequest, user.cqResponse);
        assertThat(user.cqn()).as("the number after that of the attempt").isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({ "HAL_MAP,0", "HAL_MAP,1", "HAL_MAP,2", "HAL_ALLOCATE,0", "HAL_ALLOCATE,1" })
    void createQp(FaultPoint point, int before) {
        QpCapabilities sizes = new QpCapabilities(1024, 4096, 6, 1, 96);
        int pd = user.context.allocPd();
        int cq = user.createCq();
        user.aimQp(big.address(), 4 << 20, user.records.address() + 4096);
        long mapped = mappings();
        long held = dmaMemory();
        plan.add(point, FaultPlan.ANY, before, 1, new FaultAction.Fail(Errno.ENOMEM));

        assertRefused(Errno.ENOMEM, () -> user.createQp(pd, cq, sizes));

        assertThat(mappings()).isEqualTo(mapped);
        assertThat(dmaMemory()).isEqualTo(held);
        assertThat(user.device.snapshot().queuePairs()).isEmpty();
        assertThat(user.context.snapshot()).isEqualTo(new UserContextSnapshot("app", 1, 0, 0, 1, 0, 1));
        assertThat(user.bench.commands.opcodes()).doesNotContain(CommandOpcode.CREATE_QP);
        UserQpHandle qp = user.createQp(pd, cq, sizes);
        user.context.destroyQp(qp.handle());
        user.context.destroyCq(cq);
        user.context.deallocPd(pd);
    }
}
