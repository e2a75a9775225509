package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.verbs.Access;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.PortState;
import io.erdma.core.verbs.QpCapabilities;
import io.erdma.model.profile.Feature;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.CqSpec;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.QpSpec;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.tests.conformance.harness.VerbsCq;
import io.erdma.tests.conformance.harness.VerbsPd;
import io.erdma.verbs.UserContext;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** Devices, contexts, and how much there can be: unit/device_test.cc. */
class DeviceRowsTest {
    private static final String NO_CONTEXTS = "kernel verbs have no contexts";
    private static final int MANY = 20;
    private static final QpCapabilities SMALL = new QpCapabilities(1, 1, 1, 1, 0);

    @Row(value = "DeviceTest.GetDeviceList", asserts = STATE)
    void theDevices_areThoseWithALink(Lab lab) {
        assertThat(lab.alice().deviceNames()).containsExactly("erdma0");
        lab.alice().links().dellink("erdma0");
        assertThat(lab.alice().deviceNames()).isEmpty();
    }

    private static void assertUsable(Verbs verbs) {
        VerbsPd pd = verbs.allocPd();
        VerbsCq cq = verbs.createCq(10);
        cq.close();
        pd.close();
    }

    @Row(value = "DeviceTest.Open", apis = Api.USER, otherwise = NO_CONTEXTS, asserts = { STATE, ERRNO })
    void aDevice_isOpened_used_andClosed(Lab lab) {
        Verbs context = lab.open();
        assertUsable(context);
        assertThat(AliceDevice.objects(lab).contexts()).hasSize(1);

        context.close();

        assertThat(AliceDevice.objects(lab).contexts()).isEmpty();
        Refused.with(Errno.EBADF, context::allocPd);
        Refused.with(Errno.ENODEV, () -> lab.alice().openDevice("erdma1"));
    }

    @Row(value = "DeviceTest.OpenMany", apis = Api.USER, otherwise = NO_CONTEXTS, asserts = STATE)
    void aDevice_isOpenedManyTimes(Lab lab) {
        for (int i = 0; i < MANY; i++) {
            assertUsable(lab.open());
        }
        assertThat(AliceDevice.objects(lab).contexts()).hasSize(MANY);
    }

    private static void openIn(Lab lab, int threads) throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread thread = Thread.ofPlatform().unstarted(() -> assertUsable(lab.open()));
            thread.setUncaughtExceptionHandler((_, failure) -> failures.add(failure));
            thread.start();
            all.add(thread);
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(AliceDevice.objects(lab).contexts()).hasSize(threads);
    }

    @Row(value = "DeviceTest.OpenInAnotherThread", apis = Api.USER, otherwise = NO_CONTEXTS, asserts = STATE)
    void aDevice_isOpenedInAnotherThread(Lab lab) throws InterruptedException {
        openIn(lab, 1);
    }

    @Row(value = "DeviceTest.OpenInManyThreads", apis = Api.USER, otherwise = NO_CONTEXTS, asserts = STATE)
    void aDevice_isOpenedInManyThreadsAtOnce(Lab lab) throws InterruptedException {
        openIn(lab, MANY);
    }

    @Row(value = "DeviceTest.QueryDevice", asserts = STATE)
    void aQuery_tellsLimitsAndFeatures(Lab lab) {
        Verbs verbs = lab.open();
        DeviceAttributes device = verbs.attributes();
        assertThat(List.of(device.maxQp(), device.maxQpWr(), device.maxCq(), device.maxCqe(), device.maxMr(),
                device.maxPd(), device.maxSendSge(), device.maxRecvSge(), device.maxQpRdAtomic()))
                .allSatisfy(limit -> assertThat(limit).isPositive());
        assertThat(device.maxMrSize()).isPositive();
        assertThat(device.pageSizes() & 4096).isPositive();
        assertThat(device.nodeGuid()).isNotZero();
        assertThat(device.atomicCapable()).isEqualTo(lab.profile().has(Feature.ATOMICS));
        assertThat(device.maxAh() > 0).isEqualTo(lab.profile().has(Feature.ROCE_V2));
        assertThat(verbs.portAttributes(1).state()).isEqualTo(PortState.ACTIVE);
        assertThat(verbs.gid(1, 0)).isNotNull();
        Refused.with(Errno.EINVAL, () -> verbs.portAttributes(2));
        Refused.with(Errno.EINVAL, () -> verbs.gid(1, 1));
        if (lab.api() == Api.USER) {
            assertThat(device.localDmaLkey()).as("all memory is not for programs").isZero();
        }
    }

    @Row(value = "DeviceTest.ContextTomfoolery", apis = Api.USER, otherwise = NO_CONTEXTS, asserts = { ERRNO, STATE })
    void anotherContextsObjects_areRefused(Lab lab) {
        UserContext mine = AliceDevice.handles(lab);
        UserContext other = AliceDevice.handles(lab);
        MemorySegment memory = lab.memory(64).segment();
        int pd = mine.allocPd();
        int channel = mine.createChannel();
        int mr = mine.regMr(pd, memory, memory.address(), 0).handle();

        Refused.with(Errno.ENOENT, () -> other.deallocPd(pd));
        Refused.with(Errno.ENOENT, () -> other.deregMr(mr));
        Refused.with(Errno.ENOENT, () -> other.destroyChannel(channel));
        Refused.with(Errno.ENOENT, () -> other.regMr(pd, memory, memory.address(), 0));
        Refused.with(Errno.ENOENT, () -> mine.deallocPd(mr));

        mine.deregMr(mr);
        mine.deallocPd(pd);
        mine.destroyChannel(channel);

        Verbs first = lab.open();
        Verbs second = lab.open();
        VerbsCq cq = first.createCq(10);
        VerbsPd secondPd = second.allocPd();
        Refused.with(Errno.EINVAL, () -> secondPd.createQp(QpSpec.of(cq)));
        Refused.with(Errno.EINVAL, () -> second.createCq(CqSpec.of(10).withChannel(first.createChannel())));
        assertThat(AliceDevice.objects(lab).queuePairs()).isEmpty();
    }

    /**
     * Exactly as many can be made as the device says, the next one is refused, and when one is given back there is room for one. All are gone in the end.
     *
     * @param spare how many numbers there are beside those that it says
     */
    private static void assertMost(int limit, int spare, Errno beyond, Supplier<AutoCloseable> maker) throws Exception {
        Deque<AutoCloseable> made = new ArrayDeque<>();
        for (int i = 0; i < limit + spare; i++) {
            made.push(maker.get());
        }
        Refused.with(beyond, maker::get);
        made.removeLast().close();
        made.push(maker.get());
        Refused.with(beyond, maker::get);
        while (!made.isEmpty()) {
            made.pop().close();
        }
    }

    @Row(value = "DeviceLimitTest.MaxCqMixed", asserts = { STATE, ERRNO })
    void thereAreAsManyCqs_asTheDeviceSays(Lab lab) throws Exception {
        Verbs verbs = lab.open();
        int[] next = new int[1];
        assertMost(verbs.attributes().maxCq(), 0, Errno.EBUSY, () -> verbs.createCq(1 + next[0]++ % 64));
    }

    @Row(value = "DeviceLimitTest.MaxMr", asserts = { STATE, ERRNO })
    void thereAreAsManyMrs_asTheDeviceSays_butForNumberZero(Lab lab) throws Exception {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        MemorySegment memory = lab.memory(64).segment();
        assertMost(verbs.attributes().maxMr(), -1, Errno.ENOSPC, () -> pd.regMr(memory, Access.LOCAL_WRITE));
    }

    @Row(value = "DeviceLimitTest.MaxPd", asserts = { STATE, ERRNO })
    void thereAreAsManyPds_asTheDeviceSays_butForNumberZero(Lab lab) throws Exception {
        Verbs verbs = lab.open();
        assertMost(verbs.attributes().maxPd(), -1, Errno.ENOSPC, verbs::allocPd);
    }

    @Row(value = "DeviceLimitTest.MaxQp", asserts = { STATE, ERRNO })
    void thereAreAsManyQps_asTheDeviceSays(Lab lab) throws Exception {
        Verbs verbs = lab.open();
        VerbsPd pd = verbs.allocPd();
        QpSpec spec = QpSpec.of(verbs.createCq(64)).withSizes(SMALL);
        assertMost(verbs.attributes().maxQp(), 0, Errno.ENOMEM, () -> pd.createQp(spec));
    }
}
