package io.erdma.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.process.AnonymousMemory;
import io.erdma.core.process.UserProcess;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Structs of the user ABI, as bytes that no provider would send: each is refused with a clear errno and changes nothing, or means what it says. */
class ForgedRequestsTest {
    private final Forger forger = new Forger();
    private final int pd = forger.context.allocPd();
    private final int cq = forger.createCq(forger.goodCq());
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void itStillWorks_andNothingIsLeft() {
        forger.context.destroyCq(cq);
        forger.context.deallocPd(pd);
        forger.assertWorksAndLeavesNothing();
        arena.close();
    }

    /** The two calls that take a struct. */
    private enum Call {
        CREATE_CQ(Forger.CQ_RESPONSE_BYTES, Forger.CQ_BYTES, 32),
        CREATE_QP(Forger.QP_RESPONSE_BYTES, Forger.QP_BYTES, 4096);

        private final int responseBytes;
        private final int bufferBytes;
        private final int alignment;

        Call(int responseBytes, int bufferBytes, int alignment) {
            this.responseBytes = responseBytes;
            this.bufferBytes = bufferBytes;
            this.alignment = alignment;
        }
    }

    private int make(Call call, MemorySegment request, MemorySegment response) {
        return switch (call) {
            case CREATE_CQ -> forger.context.createCq(UserBench.ENTRIES, 0, 0, request, response);
            case CREATE_QP -> forger.context.createQp(Forger.init(pd, cq, cq), request, response).handle();
        };
    }

    private void makeAndDestroy(Call call, MemorySegment request, MemorySegment response) {
        int handle = make(call, request, response);
        switch (call) {
            case CREATE_CQ -> forger.context.destroyCq(handle);
            case CREATE_QP -> forger.context.destroyQp(handle);
        }
    }

    private void refused(Errno errno, Call call, byte[] request) {
        refused(errno, call, MemorySegment.ofArray(request), Forger.heap(call.responseBytes));
    }

    private void refused(Errno errno, Call call, MemorySegment request, MemorySegment response) {
        forger.refused(errno, () -> make(call, request, response));
    }

    private void taken(Call call, byte[] request) {
        makeAndDestroy(call, MemorySegment.ofArray(request), Forger.heap(call.responseBytes));
    }

    private byte[] good(Call call) {
        return call == Call.CREATE_CQ ? forger.goodCq() : forger.goodQp();
    }

    private byte[] withBuffer(Call call, long address) {
        return Forger.request(forger.records.address() + 128, address, call.bufferBytes);
    }

    private byte[] withRecord(Call call, long record) {
        return Forger.request(record, forger.rings.address() + 8192, call.bufferBytes);
    }

    @ParameterizedTest
    @EnumSource
    void requests_ofEveryLengthBelowTheStructs_areEinval(Call call) {
        for (int bytes = 0; bytes < Forger.REQUEST_BYTES; bytes++) {
            refused(Errno.EINVAL, call, Arrays.copyOf(good(call), bytes));
        }
    }

    @ParameterizedTest
    @EnumSource
    void responses_ofEveryLengthBelowTheStructs_areEinval(Call call) {
        MemorySegment request = MemorySegment.ofArray(good(call));
        for (int bytes = 0; bytes < call.responseBytes; bytes++) {
            refused(Errno.EINVAL, call, request, Forger.heap(bytes));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 8, 39 })
    void contexts_withAResponseThatIsTooShort_areEinval(int bytes) {
        forger.refused(Errno.EINVAL, () -> forger.bench.device.openContext(forger.process, Forger.heap(bytes)));
    }

    @ParameterizedTest
    @EnumSource
    void requests_thatAreLonger_areTaken_ifTheirTailIs0(Call call) {
        for (int bytes : new int[]{ 25, 31, 32, 40, 1000, 4095, 4096 }) {
            taken(call, Arrays.copyOf(good(call), bytes));
        }
        refused(Errno.EINVAL, call, Arrays.copyOf(good(call), 4097));
        refused(Errno.EINVAL, call, Arrays.copyOf(good(call), 1 << 20));
    }

    @ParameterizedTest
    @EnumSource
    void requests_withAnyBitSet_whereNothingIsDefined_areEinval(Call call) {
        for (int bytes : new int[]{ 24, 25, 40, 4096 }) {
            for (int at : new int[]{ Forger.RESERVED, 21, 22, 23, 24, 31, 32, 39, 40, 4095 }) {
                if (at < bytes) {
                    for (int bit = 0; bit < Byte.SIZE; bit++) {
                        byte[] request = Arrays.copyOf(good(call), bytes);
                        request[at] = (byte) (1 << bit);
                        refused(Errno.EINVAL, call, request);
                    }
                }
            }
        }
    }

    private Stream<MemorySegment> untouchable(int bytes) {
        MemorySegment closed;
        try (Arena shortLived = Arena.ofShared()) {
            closed = shortLived.allocate(bytes);
        }
        AnonymousMemory unmapped = forger.process.mmap(4096);
        unmapped.close();
        return Stream.of(closed, unmapped.segment().asSlice(0, bytes),
                CompletableFuture.supplyAsync(() -> confined(bytes)).join());
    }

    @SuppressWarnings("MustBeClosedChecker") // another thread's, for as long as the test runs
    private static MemorySegment confined(int bytes) {
        return Arena.ofConfined().allocate(bytes);
    }

    @ParameterizedTest
    @EnumSource
    void structs_thatCannotBeTouched_areEfault(Call call) {
        MemorySegment good = MemorySegment.ofArray(good(call));
        untouchable(Forger.REQUEST_BYTES).forEach(
                request -> refused(Errno.EFAULT, call, request, Forger.heap(call.responseBytes)));
        untouchable(call.responseBytes).forEach(response -> refused(Errno.EFAULT, call, good, response));
        untouchable(Forger.CONTEXT_RESPONSE_BYTES).forEach(response -> forger.refused(Errno.EFAULT,
                () -> forger.bench.device.openContext(forger.process, response)));
    }

    @ParameterizedTest
    @EnumSource
    void responses_thatAreReadOnly_areEfault_requestsAreNot(Call call) {
        MemorySegment good = MemorySegment.ofArray(good(call));
        List<MemorySegment> readOnly = List.of(arena.allocate(call.responseBytes).asReadOnly(),
                Forger.heap(call.responseBytes).asReadOnly(),
                MemorySegment.ofBuffer(ByteBuffer.allocate(call.responseBytes).asReadOnlyBuffer()),
                MemorySegment.ofBuffer(ByteBuffer.allocateDirect(call.responseBytes).asReadOnlyBuffer()));
        for (MemorySegment response : readOnly) {
            refused(Errno.EFAULT, call, good, response);
        }

        makeAndDestroy(call, good.asReadOnly(), Forger.heap(call.responseBytes));
    }

    @ParameterizedTest
    @EnumSource
    void structs_mayLieInAnyMemory_alsoUnaligned_andInEachOther(Call call) {
        MemorySegment odd = arena.allocate(64, 8).asSlice(3, Forger.REQUEST_BYTES);
        odd.copyFrom(MemorySegment.ofArray(good(call)));
        makeAndDestroy(call, odd, arena.allocate(64, 8).asSlice(5, call.responseBytes));
        makeAndDestroy(call, odd, MemorySegment.ofArray(new int[call.responseBytes / 4]));
        makeAndDestroy(call, odd, MemorySegment.ofArray(new double[call.responseBytes / 8]));
        makeAndDestroy(call, odd, MemorySegment.ofBuffer(ByteBuffer.allocate(call.responseBytes)));
        makeAndDestroy(call, odd, MemorySegment.ofBuffer(ByteBuffer.allocateDirect(call.responseBytes)));

        makeAndDestroy(call, odd, odd.asSlice(8, call.responseBytes));
        assertThat(odd.get(ValueLayout.JAVA_INT_UNALIGNED, 8)).as("the number, where the address was").isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void buffers_thatAreNotAligned_areEinval(Call call) {
        for (int offset = 1; offset < call.alignment; offset += offset < 64 ? 1 : 509) {
            refused(Errno.EINVAL, call, withBuffer(call, forger.rings.address() + offset));
        }
        for (long address : new long[]{ 1, -1, Long.MAX_VALUE, Long.MIN_VALUE + 1 }) {
            refused(Errno.EINVAL, call, withBuffer(call, address));
        }
    }

    @ParameterizedTest
    @EnumSource
    void buffers_thatAreNotTheProgramsMemory_areEfault(Call call) {
        long end = forger.rings.address() + forger.rings.segment().byteSize();
        AnonymousMemory unmapped = forger.process.mmap(1 << 16);
        unmapped.close();
        try (UserProcess other = new UserProcess("other", false, forger.bench.bench.hardware.ledger())) {
            for (long address : new long[]{ 0, 4096, -4096, Long.MIN_VALUE, Long.MAX_VALUE & -4096, end,
                forger.rings.address() - 4096, unmapped.address(), other.mmap(1 << 16).address(),
                arena.allocate(1 << 16, 4096).address() }) {
                refused(Errno.EFAULT, call, withBuffer(call, address));
            }
            long tooNear = end - (call == Call.CREATE_CQ ? Forger.CQ_BYTES - 32 : 4096);
            refused(Errno.EFAULT, call, withBuffer(call, tooNear));
        }
    }

    @ParameterizedTest
    @EnumSource
    void buffers_thatDoNotHoldTheRings_areEinval_longerOnesAreTaken(Call call) {
        byte[] request = good(call);
        ByteBuffer bytes = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
        for (int length : new int[]{ 0, 1, 32, call.bufferBytes - 32, call.bufferBytes - 1 }) {
            bytes.putInt(16, length);
            refused(Errno.EINVAL, call, request);
        }
        for (int length : new int[]{ call.bufferBytes, call.bufferBytes + 1, Integer.MAX_VALUE, Integer.MIN_VALUE,
            -1 }) {
            bytes.putInt(16, length); // 32 bits without a sign; what is behind the rings is not touched
            taken(call, request);
        }
    }

    @ParameterizedTest
    @EnumSource
    void records_outOfPlace_areRefused(Call call) {
        for (int offset = 1; offset < 8; offset++) {
            refused(Errno.EINVAL, call, withRecord(call, forger.records.address() + offset));
        }
        long last = forger.records.address() + 4096 - 8;
        if (call == Call.CREATE_QP) {
            refused(Errno.EINVAL, call, withRecord(call, last));
            taken(call, withRecord(call, last - 8));
        } else {
            taken(call, withRecord(call, last));
        }
        try (UserProcess other = new UserProcess("other", false, forger.bench.bench.hardware.ledger())) {
            for (long address : new long[]{ 0, 8, -16, Long.MIN_VALUE, Long.MAX_VALUE & -4096,
                forger.records.address() + 2 * 4096, forger.records.address() - 16, other.mmap(1).address() }) {
                refused(Errno.EFAULT, call, withRecord(call, address));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) + 1, 1 << 30 })
    void cqs_ofEntriesThatThereCannotBe_areEinval(int entries) {
        forger.refused(Errno.EINVAL, () -> forger.context.createCq(entries, 0, 0,
                MemorySegment.ofArray(forger.goodCq()), Forger.heap(Forger.CQ_RESPONSE_BYTES)));
    }

    @Test
    void cqs_ofTheMostEntries_areMade() {
        AnonymousMemory large = forger.process.mmap(32L << 20);
        byte[] request = Forger.request(forger.records.address() + 128, large.address(), 32 << 20);

        int made = forger.context.createCq(1 << 20, 0, 0, MemorySegment.ofArray(request),
                Forger.heap(Forger.CQ_RESPONSE_BYTES));

        forger.context.destroyCq(made);
        large.close();
    }

    @ParameterizedTest
    @ValueSource(ints = { -1, 3, Integer.MIN_VALUE, Integer.MAX_VALUE })
    void cqs_onVectorsThatThereAreNot_areEinval(int vector) {
        forger.refused(Errno.EINVAL, () -> forger.context.createCq(UserBench.ENTRIES, vector, 0,
                MemorySegment.ofArray(forger.goodCq()), Forger.heap(Forger.CQ_RESPONSE_BYTES)));
    }

    @Test
    void regions_ofBytesOrAddressesThatThereCannotBe_areEinval() {
        MemorySegment memory = forger.rings.segment();
        for (long iova : new long[]{ memory.address() + 1, memory.address() + 4095, -4096, Long.MIN_VALUE + 1, -1 }) {
            forger.refused(Errno.EINVAL, () -> forger.context.regMr(pd, memory, iova, 0));
        }
        forger.refused(Errno.EINVAL, () -> forger.context.regMr(pd, memory.asSlice(0, 0), memory.address(), 0));
        forger.refused(Errno.EINVAL, () -> forger.context.regMr(pd, memory.asReadOnly(), memory.address(), 1));
        forger.refused(Errno.EINVAL, () -> forger.context.regMr(pd, Forger.heap(4096), 0, 0));
        forger.refused(Errno.EINVAL, () -> forger.context.regMr(pd,
                MemorySegment.ofBuffer(ByteBuffer.allocate(4096)), 0, 0));
        untouchable(64).forEach(gone -> forger.refused(Errno.EINVAL,
                () -> forger.context.regMr(pd, gone, gone.address(), 0)));

        for (long iova : new long[]{ memory.address(), Long.MIN_VALUE, -memory.byteSize() }) {
            forger.context.deregMr(forger.context.regMr(pd, memory, iova, 0).handle());
        }
    }
}
