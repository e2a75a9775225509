package io.erdma.model.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.model.vfio.sys.ClientKernel;
import io.erdma.model.vfio.wire.Command;
import io.erdma.model.vfio.wire.DmaMap;
import io.erdma.model.vfio.wire.DmaUnmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which memory a client can give the device, and take back. */
class MemoryTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x4000_0000L;
    private static final int EINVAL = Errno.EINVAL.number();
    private static final int EEXIST = Errno.EEXIST.number();
    private static final int ENOENT = Errno.ENOENT.number();

    private ServerFixture fixture;
    private VfioClient client;
    private int file;

    @BeforeEach
    void connect() {
        fixture = new ServerFixture();
        client = VfioClient.negotiated(fixture.serve("alice"));
        file = ClientKernel.memory(16 * PAGE, true);
    }

    @AfterEach
    void disconnect() {
        client.close();
        ClientKernel.close(file);
        fixture.close();
    }

    @Test
    void memoryIsMapped_andTakenBack_asOftenAsTheClientLikes() {
        long mappings = ClientKernel.mappings();
        for (int i = 0; i < 100; i++) {
            assertThat(client.map(BASE, 16 * PAGE, 0, true, file)).isZero();
            assertThat(ClientKernel.mappings()).isEqualTo(mappings + 1);
            assertThat(client.unmap(BASE, 16 * PAGE)).isZero();
            assertThat(client.replyBytes()).isEqualTo(DmaUnmap.BYTES);
            assertThat(DmaUnmap.address(client.reply, VfioClient.PAYLOAD)).isEqualTo(BASE);
            assertThat(DmaUnmap.size(client.reply, VfioClient.PAYLOAD)).isEqualTo(16 * PAGE);
        }
        assertThat(ClientKernel.mappings()).isEqualTo(mappings);
    }

    @Test
    void partsOfOneFile_lieWhereTheClientPutsThem() {
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isZero();
        assertThat(client.map(BASE + 4 * PAGE, 4 * PAGE, 4 * PAGE, true, file)).as("just behind").isZero();
        assertThat(client.map(0, 4 * PAGE, 4 * PAGE, false, file)).as("again, read only").isZero();
        assertThat(client.map(1L << 62, 16 * PAGE, 0, true, file)).as("far away").isZero();
    }

    @Test
    void oneMessage_takesAllBack() {
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isZero();
        assertThat(client.map(0, 4 * PAGE, 0, true, -1)).isZero();
        DmaUnmap.set(client.request, VfioClient.PAYLOAD, DmaUnmap.ALL, 0, 0);
        assertThat(client.call(Command.DMA_UNMAP, DmaUnmap.BYTES)).isZero();
        assertThat(client.unmap(BASE, 4 * PAGE)).isEqualTo(ENOENT);
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isZero();
    }

    @Test
    void overlaps_areRefused_andChangeNothing() {
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isZero();
        assertThat(client.map(BASE + 8 * PAGE, 4 * PAGE, 0, true, -1)).as("without a file").isZero();
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE - PAGE, 2 * PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE + 3 * PAGE, 2 * PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE + PAGE, PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE - PAGE, 16 * PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE + 7 * PAGE, 2 * PAGE, 0, true, file)).isEqualTo(EEXIST);
        assertThat(client.map(BASE + 4 * PAGE, 4 * PAGE, 0, true, file)).as("between them").isZero();
        assertThat(client.unmap(BASE, 4 * PAGE)).isZero();
    }

    @Test
    void onlyWhatWasMapped_canBeTakenBack() {
        assertThat(client.map(BASE, 4 * PAGE, 0, true, file)).isZero();
        assertThat(client.unmap(BASE, 2 * PAGE)).isEqualTo(ENOENT);
        assertThat(client.unmap(BASE + PAGE, 3 * PAGE)).isEqualTo(ENOENT);
        assertThat(client.unmap(BASE, 5 * PAGE)).isEqualTo(ENOENT);
        assertThat(client.unmap(0, 0)).isEqualTo(ENOENT);
        assertThat(client.unmap(-PAGE, PAGE)).isEqualTo(ENOENT);
        DmaUnmap.set(client.request, VfioClient.PAYLOAD, 4, BASE, 4 * PAGE);
        assertThat(client.call(Command.DMA_UNMAP, DmaUnmap.BYTES)).as("an unknown flag").isEqualTo(EINVAL);
        DmaUnmap.set(client.request, VfioClient.PAYLOAD, DmaUnmap.ALL, BASE, 0);
        assertThat(client.call(Command.DMA_UNMAP, DmaUnmap.BYTES)).as("all, and an address").isEqualTo(EINVAL);
        assertThat(client.unmap(BASE, 4 * PAGE)).isZero();
    }

    @ParameterizedTest
    @CsvSource({ "0x40000000, 0x10001000, 0, the file is shorter", "0x40000000, 0x1000, 0x10000, behind its end",
        "0x40000000, 0x1000, -0x1000, before its beginning",
        "0x40000000, 0x1000, 0x7FFFFFFFFFFFF000, an offset that wraps",
        "0x40000000, 0x1000, 1, an offset in a page", "0x40000001, 0x1000, 0, an address in a page",
        "0x40000000, 0x1001, 0, part of a page", "0x40000000, 0, 0, nothing",
        "0x40000000, -0x1000, 0, less than nothing",
        "0x7FFFFFFFFFFFF000, 0x2000, 0, an address that wraps", "-0x1000, 0x1000, 0, an address of 64 bits" })
    void rangesThatCantBe_areRefused(String address, String bytes, String offset, String why) {
        assertThat(client.map(Long.decode(address), Long.decode(bytes), Long.decode(offset), true, file)).as(why)
                .isEqualTo(EINVAL);
        assertThat(client.map(BASE, PAGE, 0, true, file)).isZero();
    }

    @Test
    void flagsThatCantBe_areRefused() {
        for (int flags : new int[]{ 0, DmaMap.WRITABLE, 4, 7, -1 }) {
            DmaMap.set(client.request, VfioClient.PAYLOAD, flags, 0, BASE, PAGE);
            assertThat(client.call(Command.DMA_MAP, DmaMap.BYTES, file)).isEqualTo(EINVAL);
        }
    }

    @Test
    void descriptorsBeyondTheFirst_areRefused_andClosed() {
        long open = ClientKernel.open();
        for (int count : new int[]{ 2, 15, 16, 17, 200 }) {
            int[] files = new int[count];
            java.util.Arrays.fill(files, file);
            DmaMap.set(client.request, VfioClient.PAYLOAD, DmaMap.READABLE, 0, BASE, PAGE);
            assertThat(client.call(Command.DMA_MAP, DmaMap.BYTES, files)).isEqualTo(EINVAL);
        }
        assertThat(client.tryRead(0, 0, 4)).as("the message after has none").isZero();
        assertThat(ClientKernel.awaitOpen(open)).isEqualTo(open);
    }

    @Test
    void descriptorsWhereNoneBelong_areRefused_andClosed() {
        long open = ClientKernel.open();
        assertThat(client.call(Command.DEVICE_RESET, 0, file)).isEqualTo(EINVAL);
        DmaUnmap.set(client.request, VfioClient.PAYLOAD, 0, BASE, PAGE);
        assertThat(client.call(Command.DMA_UNMAP, DmaUnmap.BYTES, file)).isEqualTo(EINVAL);
        assertThat(client.tryRead(0, 0, 4)).isZero();
        assertThat(ClientKernel.awaitOpen(open)).isEqualTo(open);
    }

    @Test
    void aFileThatCouldShrink_isNotMapped() {
        long mappings = ClientKernel.mappings();
        int open = ClientKernel.memory(16 * PAGE, false);
        assertThat(client.map(BASE, PAGE, 0, true, open)).as("its range is one without a file").isZero();
        assertThat(ClientKernel.mappings()).isEqualTo(mappings);
        assertThat(client.unmap(BASE, PAGE)).isZero();
        ClientKernel.close(open);
    }

    @Test
    void aFileThatWasMapped_cantShrink() {
        assertThat(client.map(BASE, 16 * PAGE, 0, true, file)).isZero();
        assertThat(ClientKernel.resize(file, 0)).isFalse();
        assertThat(ClientKernel.resize(file, 32 * PAGE)).isTrue();
    }

    @Test
    void whatIsNoFile_isNotMapped() {
        int[] pipe = ClientKernel.pipe();
        int event = ClientKernel.event();
        assertThat(client.map(BASE, PAGE, 0, true, pipe[0])).isZero();
        assertThat(client.map(BASE + PAGE, PAGE, 0, true, event)).isZero();
        assertThat(client.unmap(BASE, PAGE)).isZero();
        ClientKernel.close(pipe[0]);
        ClientKernel.close(pipe[1]);
        ClientKernel.close(event);
    }

    @Test
    void rangesAreLimited_asTheVersionSaid() {
        for (int i = 0; i < 2048; i++) {
            assertThat(client.map(BASE + 2 * i * PAGE, PAGE, 0, true, i % 2 == 0 ? file : -1)).isZero();
        }
        assertThat(client.map(0, PAGE, 0, true, file)).isEqualTo(Errno.ENOSPC.number());
        assertThat(client.unmap(BASE, PAGE)).isZero();
        assertThat(client.map(0, PAGE, 0, true, file)).isZero();
    }

    @Test
    void soMuchThatOthersCouldMapNoMore_isRefused() {
        int huge = ClientKernel.memory(1L << 42, true);
        assertThat(client.map(0, 1L << 41, 0, true, huge)).isEqualTo(Errno.ENOSPC.number());
        assertThat(client.map(0, 1L << 40, 0, true, huge)).isZero();
        assertThat(client.map(1L << 41, PAGE, 0, true, file)).isEqualTo(Errno.ENOSPC.number());
        assertThat(client.unmap(0, 1L << 40)).isZero();
        assertThat(client.map(1L << 41, PAGE, 0, true, file)).isZero();
        ClientKernel.close(huge);
    }
}
