package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.hw.cmd.CommandOpcode;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompletionChannelTest {
    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;
    private final CompletionChannel channel = device.createCompletionChannel();

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    private CompletionQueue createCq() {
        return device.createCq(CqInitAttributes.of(4).channel(channel).build());
    }

    @Test
    void cq_ofAnotherDevice_isRefused_andTheChannelStaysFree() {
        try (Bench other = new Bench()) {
            assertRefused(Errno.EINVAL,
                    () -> other.device.createCq(CqInitAttributes.of(4).channel(channel).build()));
            assertThat(other.commands.opcodes()).doesNotContain(CommandOpcode.CREATE_CQ);
        }
        channel.close();
    }

    private static <T> FutureTask<T> inThread(Callable<T> action) {
        FutureTask<T> task = new FutureTask<>(action);
        Thread.ofPlatform().start(task);
        return task;
    }

    @Test
    void getEvent_givesEventsInOrder() throws InterruptedException {
        CompletionQueue first = createCq();
        CompletionQueue second = createCq();

        bench.router.completion(second.cqn());
        bench.router.completion(first.cqn());
        bench.router.completion(second.cqn());

        assertThat(channel.getEvent()).isSameAs(second);
        assertThat(channel.getEvent()).isSameAs(first);
        assertThat(channel.pollEvent()).containsSame(second);
        assertThat(channel.pollEvent()).isEmpty();
        second.ackEvents(2);
        first.ackEvents(1);
    }

    @Test
    void getEvent_waitsForOne() throws Exception {
        CompletionQueue cq = createCq();
        FutureTask<CompletionQueue> waiter = inThread(channel::getEvent);

        bench.router.completion(cq.cqn());

        assertThat(waiter.get()).isSameAs(cq);
        cq.ackEvents(1);
    }

    @Test
    void getEvent_whenTheDeviceIsRemoved_isEio() throws Exception {
        FutureTask<CompletionQueue> waiter = inThread(channel::getEvent);

        device.close();

        assertThat(waiter).failsWithin(Duration.ofDays(1)).withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertRefused(Errno.EIO, channel::pollEvent);
    }

    @Test
    void getEvent_ofAClosedChannel_isEio() {
        channel.close();
        channel.close();

        assertRefused(Errno.EIO, channel::getEvent);
        assertRefused(Errno.EINVAL, this::createCq);
    }

    @Test
    void getEvent_thatIsInterrupted_saysSo() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(channel::getEvent).isInstanceOf(InterruptedException.class);
    }

    @Test
    void close_withACq_isEbusy() {
        CompletionQueue cq = createCq();

        assertRefused(Errno.EBUSY, channel::close);

        cq.close();
        channel.close();
    }

    @Test
    void ackEvents_ofMoreThanWereTaken_isEinval() {
        CompletionQueue cq = createCq();
        bench.router.completion(cq.cqn());

        assertRefused(Errno.EINVAL, () -> cq.ackEvents(1));
        assertThat(channel.pollEvent()).isEqualTo(Optional.of(cq));
        assertRefused(Errno.EINVAL, () -> cq.ackEvents(2));
        assertRefused(Errno.EINVAL, () -> cq.ackEvents(-1));
        cq.ackEvents(1);
    }

    @Test
    void closeOfACq_dropsItsEventsThatNobodyTook() {
        CompletionQueue cq = createCq();
        CompletionQueue other = createCq();
        bench.router.completion(cq.cqn());
        bench.router.completion(other.cqn());

        cq.close();

        assertThat(channel.pollEvent()).containsSame(other);
        assertThat(channel.pollEvent()).isEmpty();
        other.ackEvents(1);
    }

    @Test
    void closeOfACq_waitsForTheEventsThatWereTaken() throws Exception {
        CompletionQueue cq = createCq();
        bench.router.completion(cq.cqn());
        channel.pollEvent();
        CountDownLatch destroyed = new CountDownLatch(1);
        bench.commands.on(CommandOpcode.DESTROY_CQ, _ -> destroyed.countDown());

        CompletableFuture<Void> closing = CompletableFuture.runAsync(cq::close);
        destroyed.await();
        assertThat(closing).isNotDone();
        cq.ackEvents(1);

        closing.get();
        assertThat(bench.records.inUse()).isZero();
    }

    @Test
    void removalOfTheDevice_waitsForNobody() {
        CompletionQueue cq = createCq();
        bench.router.completion(cq.cqn());
        channel.pollEvent();

        device.close();

        assertThat(bench.records.inUse()).isZero();
        cq.ackEvents(1);
    }
}
