package io.erdma.tests.conformance;

import static io.erdma.tests.conformance.harness.Asserted.ERRNO;
import static io.erdma.tests.conformance.harness.Asserted.STATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.core.net.Netdev;
import io.erdma.core.verbs.DeviceAttributes;
import io.erdma.core.verbs.Mtu;
import io.erdma.core.verbs.PhysicalState;
import io.erdma.core.verbs.PortAttributes;
import io.erdma.core.verbs.PortState;
import io.erdma.driver.Host;
import io.erdma.model.profile.Decision;
import io.erdma.model.profile.Feature;
import io.erdma.model.profile.Outcome;
import io.erdma.tests.conformance.harness.Api;
import io.erdma.tests.conformance.harness.Lab;
import io.erdma.tests.conformance.harness.Refused;
import io.erdma.tests.conformance.harness.Row;
import io.erdma.tests.conformance.harness.Verbs;
import io.erdma.verbs.Gid;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What devices say of themselves: test_device.py of rdma-core. */
class PyverbsDeviceRowsTest {
    private static final int[] NO_PORTS = { 0, 2, -1, 255, 256, Integer.MIN_VALUE, Integer.MAX_VALUE };
    private static final int ONE_FUNCTIONS_QPS = 1024;

    @Row(value = "test_device.DeviceTest.test_dev_list", suite = Row.PYVERBS, asserts = STATE)
    void theList_hasTheDevicesThatAreLinked(Lab lab) {
        Host host = lab.alice();
        String name = lab.device(host).name();
        assertThat(host.deviceNames()).containsExactly(name);
        assertThat(host.devices().devices()).containsExactly(lab.device(host));

        host.links().dellink(name);

        assertThat(host.deviceNames()).isEmpty();
        assertThat(host.devices().devices()).isEmpty();
        assertThat(lab.bob().deviceNames()).as("another host's").containsExactly(name);
    }

    @Row(value = "test_device.DeviceTest.test_open_dev", suite = Row.PYVERBS, asserts = { STATE, ERRNO })
    void aDevice_isOpenedByName_asOftenAsOneWants(Lab lab) {
        Verbs first = lab.open();
        Verbs second = lab.open();
        assertThat(first.attributes()).isEqualTo(second.attributes());
        assertThat(contexts(lab)).isEqualTo(lab.api() == Api.USER ? 2 : 0);

        first.close();

        second.allocPd();
        assertThat(contexts(lab)).isEqualTo(lab.api() == Api.USER ? 1 : 0);
        assertThat(lab.alice().device("erdma9")).isEmpty();
        Refused.with(Errno.ENODEV, () -> lab.alice().openDevice("erdma9"));
        assertThat(contexts(lab)).isEqualTo(lab.api() == Api.USER ? 1 : 0);
    }

    private static int contexts(Lab lab) {
        return lab.device(lab.alice()).snapshot().contexts().size();
    }

    @Row(value = "test_device.DeviceTest.test_query_device", suite = Row.PYVERBS, asserts = STATE)
    void attributes_nameTheDevice_andItsLimits(Lab lab) {
        DeviceAttributes device = lab.open().attributes();

        assertThat(device.vendorId()).isEqualTo(0x1DED);
        assertThat(device.nodeGuid()).isEqualTo(0x0000_00FF_FE00_0001L);
        assertThat(device.systemImageGuid()).isEqualTo(device.nodeGuid());
        assertThat(device.firmwareVersion()).isNotZero();
        assertThat(device.maxQp()).isEqualTo(ONE_FUNCTIONS_QPS - 1);
        assertThat(device.maxCq()).isEqualTo(2 * ONE_FUNCTIONS_QPS - 1);
        assertThat(device.maxMr()).isEqualTo(2 * ONE_FUNCTIONS_QPS);
        assertThat(device.maxPd()).isEqualTo(131_072);
        assertThat(device.maxQpWr()).isEqualTo(8192);
        assertThat(device.maxSendSge()).isEqualTo(6);
        assertThat(device.maxRecvSge()).isEqualTo(1);
        assertThat(device.maxReadSge()).isEqualTo(1);
        assertThat(device.maxCqe()).isPositive();
        assertThat(device.pageSizes()).isEqualTo(0x7FFF_F000L);
    }

    @Row(value = "test_device.DeviceTest.test_query_device_ex", suite = Row.PYVERBS, asserts = STATE)
    void attributes_tellWhatTheDeviceCanDo(Lab lab) {
        DeviceAttributes device = lab.open().attributes();

        assertThat(device.atomicCapable()).isEqualTo(lab.profile().has(Feature.ATOMICS));
        assertThat(device.maxQpRdAtomic()).isEqualTo(128);
        assertThat(device.maxQpInitRdAtomic()).isEqualTo(128);
        assertThat(device.maxResRdAtomic()).isEqualTo(128 * ONE_FUNCTIONS_QPS);
        assertThat(device.memoryManagementExtensions()).isTrue();
        assertThat(device.maxFastRegPages()).isEqualTo(512);
        assertThat(device.maxMrSize()).isPositive();
        assertThat(device.maxAh()).isZero();
    }

    @Row(value = "test_device.DeviceTest.test_query_port", suite = Row.PYVERBS, asserts = STATE)
    void aPort_followsItsInterface(Lab lab) {
        Verbs verbs = lab.open();
        PortAttributes port = verbs.portAttributes(1);
        assertThat(port.state()).isEqualTo(PortState.ACTIVE);
        assertThat(port.physicalState()).isEqualTo(PhysicalState.LINK_UP);
        assertThat(port.maxMessageBytes()).isEqualTo((1L << 32) - 1);
        assertThat(port.capabilityMask()).isEqualTo(1 << 16 | 1 << 19);
        assertThat(port.activeMtu()).isEqualTo(Mtu.MTU_1024);
        assertThat(port.maxMtu()).isEqualTo(port.activeMtu());

        Netdev netdev = lab.device(lab.alice()).netdev();
        netdev.setMtu(4200);
        netdev.setUp(false);

        PortAttributes down = verbs.portAttributes(1);
        assertThat(down.state()).isEqualTo(PortState.DOWN);
        assertThat(down.physicalState()).isEqualTo(PhysicalState.DISABLED);
        assertThat(down.activeMtu()).isEqualTo(Mtu.MTU_4096);
    }

    @Row(value = "test_device.DeviceTest.test_query_port_bad_flow", suite = Row.PYVERBS, asserts = ERRNO)
    void aPort_thatIsNot_isEinval(Lab lab) {
        Verbs verbs = lab.open();
        for (int port : NO_PORTS) {
            Refused.with(Errno.EINVAL, () -> verbs.portAttributes(port));
        }
    }

    @Row(value = "test_device.DeviceTest.test_phys_port_cnt_ex", suite = Row.PYVERBS, asserts = STATE)
    void oneOfAllNumbers_isAPort(Lab lab) {
        Verbs verbs = lab.open();

        assertThat(IntStream.range(0, 256).filter(port -> isPort(verbs, port))).containsExactly(1);
    }

    private static boolean isPort(Verbs verbs, int port) {
        try {
            verbs.portAttributes(port);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    @Row(value = "test_device.DeviceTest.test_query_port_speed", suite = Row.PYVERBS, asserts = STATE)
    void speedAndWidth_giveTheInterfacesSpeed_orMore(Lab lab) {
        assertThat(lab.profile().outcome(Decision.PORT_SPEED)).isEqualTo(Outcome.SUCCESS);
        PortAttributes port = lab.open().portAttributes(1);
        Map<Integer, Integer> laneMbits = Map.of(1, 2500, 2, 5000, 8, 10_000, 32, 25_000, 64, 50_000, 128, 100_000);
        Map<Integer, Integer> lanes = Map.of(1, 1, 16, 2, 2, 4);

        assertThat(laneMbits.get(port.activeSpeed()) * lanes.get(port.activeWidth()))
                .isGreaterThanOrEqualTo(lab.device(lab.alice()).netdev().speedMbits());
    }

    @Row(value = "test_device.DeviceTest.test_query_gid", suite = Row.PYVERBS, asserts = STATE)
    void theGid_isTheMac_andSixteenBytesLong(Lab lab) {
        Gid gid = lab.open().gid(1, 0);

        long mac = lab.device(lab.alice()).netdev().permanentAddress().bits();
        assertThat(gid.bytes()).isEqualTo(ByteBuffer.allocate(16).putLong(mac << 16).array());
        assertThat(gid).isNotEqualTo(lab.open(lab.bob()).gid(1, 0));
    }

    @Row(value = "test_device.DeviceTest.test_query_gid_table", suite = Row.PYVERBS, asserts = STATE)
    void theTableOfGids_hasTheEntriesThatThePortTellsOf(Lab lab) {
        Verbs verbs = lab.open();

        assertThat(verbs.portAttributes(1).gidTableLength()).isEqualTo(1);
        assertThat(IntStream.range(0, verbs.portAttributes(1).gidTableLength()).mapToObj(i -> verbs.gid(1, i)))
                .isEqualTo(List.of(verbs.gid(1, 0)));
    }

    @Row(value = "test_device.DeviceTest.test_query_gid_table_bad_flow", suite = Row.PYVERBS, asserts = ERRNO)
    void aGid_behindTheTable_isEinval(Lab lab) {
        Verbs verbs = lab.open();
        for (int index : new int[]{ verbs.portAttributes(1).gidTableLength(), -1, Integer.MAX_VALUE }) {
            Refused.with(Errno.EINVAL, () -> verbs.gid(1, index));
        }
    }

    @Row(value = "test_device.DeviceTest.test_query_gid_ex_bad_flow", suite = Row.PYVERBS, asserts = ERRNO)
    void aGid_ofNoPort_isEinval(Lab lab) {
        Verbs verbs = lab.open();
        for (int port : NO_PORTS) {
            Refused.with(Errno.EINVAL, () -> verbs.gid(port, 0));
        }
    }

    @Row(value = { "test_device.DeviceTest.test_query_pkey",
        "test_device.DeviceTest.test_get_pkey_index" }, suite = Row.PYVERBS, asserts = STATE)
    void anIwarpPort_saysThatItHasNoPkeys(Lab lab) {
        assertThat(lab.open().portAttributes(1).pkeyTableLength()).isZero();
    }
}
