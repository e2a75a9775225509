package io.erdma.core.process;

import static io.erdma.core.errno.ErrnoAssertions.assertErrno;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.leak.LeakLedger;
import io.erdma.core.leak.Resource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserProcessTest {
    private final LeakLedger ledger = new LeakLedger();
    private final UserProcess process = new UserProcess("test", false, ledger);

    @AfterEach
    void nothingIsLeft() {
        process.close();
        assertThat(ledger.outstanding()).isEmpty();
        assertThat(process.memoryBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = { 1, 4095, 4096 })
    void mmap_givesWholePages_allZero(long bytes) {
        AnonymousMemory memory = process.mmap(bytes);

        assertThat(memory.segment().byteSize()).isEqualTo(4096);
        assertThat(memory.address() % 4096).isZero();
        assertThat(memory.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(ledger.held(Resource.ARENA)).isEqualTo(1);
        assertThat(process.memoryBytes()).isEqualTo(4096);
    }

    @Test
    void mmap_ofOneMoreByteThanAPage_givesTwo() {
        assertThat(process.mmap(4097).segment().byteSize()).isEqualTo(8192);
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, -1, Long.MIN_VALUE })
    void mmap_ofNothing_isEinval(long bytes) {
        assertErrno(Errno.EINVAL, () -> process.mmap(bytes));
    }

    @ParameterizedTest
    @ValueSource(longs = { 1L << 50, Long.MAX_VALUE - 4096, Long.MAX_VALUE })
    void mmap_ofMoreThanThereIs_isEnomem(long bytes) {
        assertErrno(Errno.ENOMEM, () -> process.mmap(bytes));
    }

    @Test
    void find_givesThePieceAtAnAddress() {
        AnonymousMemory memory = process.mmap(8192);
        process.mmap(4096);
        memory.segment().set(ValueLayout.JAVA_BYTE, 5000, (byte) 7);

        MemorySegment found = process.find(memory.address() + 5000, 3192);

        assertThat(found.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
        assertThat(found.byteSize()).isEqualTo(3192);
    }

    @Test
    void find_ofWhatIsNotAllItsMemory_isEfault() {
        AnonymousMemory memory = process.mmap(4096);
        long address = memory.address();

        assertErrno(Errno.EFAULT, () -> process.find(address - 1, 8));
        assertErrno(Errno.EFAULT, () -> process.find(address + 4096, 1));
        assertErrno(Errno.EFAULT, () -> process.find(address + 4095, 2));
        assertErrno(Errno.EFAULT, () -> process.find(address, Long.MAX_VALUE));
        assertErrno(Errno.EFAULT, () -> process.find(address, 0));
        assertErrno(Errno.EFAULT, () -> process.find(address, -1));
        assertErrno(Errno.EFAULT, () -> process.find(0, 1));
        assertErrno(Errno.EFAULT, () -> process.find(-1, 1));
        memory.close();
        assertErrno(Errno.EFAULT, () -> process.find(address, 1));
    }

    @Test
    void find_ofAnotherProcessesMemory_isEfault() {
        try (UserProcess other = new UserProcess("other", true, ledger)) {
            long address = other.mmap(4096).address();

            assertErrno(Errno.EFAULT, () -> process.find(address, 1));
            assertThat(other.rawIo()).isTrue();
            assertThat(process.rawIo()).isFalse();
        }
    }

    @Test
    void memory_thatWasGivenBack_cannotBeTouched() {
        AnonymousMemory memory = process.mmap(4096);
        memory.close();
        memory.close();

        assertThatThrownBy(() -> memory.segment().get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThat(ledger.held(Resource.ARENA)).isZero();
    }

    @Test
    void exit_closesWhatIsOpen_lastOpenedFirst_whileMemoryIsStillThere() {
        AnonymousMemory memory = process.mmap(4096);
        List<String> closed = new ArrayList<>();
        AutoCloseable forgotten = () -> closed.add("forgotten");
        process.opened(() -> closed.add("first"));
        process.opened(forgotten);
        process.opened(() -> closed.add("last " + memory.segment().get(ValueLayout.JAVA_BYTE, 0)));
        process.closed(forgotten);
        assertThat(process.openFiles()).isEqualTo(2);

        process.close();
        process.close();

        assertThat(closed).containsExactly("last 0", "first");
        assertThat(process.openFiles()).isZero();
        assertThat(memory.segment().scope().isAlive()).isFalse();
    }

    @Test
    void exit_goesOn_whenAFileCannotBeClosed() {
        List<String> closed = new ArrayList<>();
        process.opened(() -> closed.add("first"));
        process.opened(() -> {
            throw new IllegalStateException("broken");
        });

        process.close();

        assertThat(closed).containsExactly("first");
    }

    @Test
    void afterExit_nothingIsGivenAnyMore() {
        process.close();

        assertErrno(Errno.ESRCH, () -> process.mmap(1));
        assertErrno(Errno.ESRCH, () -> process.opened(() -> {}));
    }
}
