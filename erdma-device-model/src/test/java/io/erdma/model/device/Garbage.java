package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Feeds a function with garbage. The tenant lives many lives: it brings its function up, makes objects, does some thousand things of which most are valid
 * but for one field, and resets. Two bystanders look on, whose traffic must not suffer.
 */
final class Garbage implements AutoCloseable {
    private static final int ENTRIES_A_LIFE = 1500;
    private static final int STEPS_BETWEEN_CHECKS = 64;

    private final SplittableRandom random;
    private final TestCard card;
    private final GarbageReport report = new GarbageReport();
    private final GarbageTenant tenant;
    private final Bystanders bystanders;
    private final GarbageCommands commands;
    private final GarbageRequests requests;
    private final GarbageDoorbells doorbells;
    private final GarbageRegisters registers;
    /** What a thread of the card has died of. */
    private final AtomicReference<Throwable> died = new AtomicReference<>();

    /** @param engines threads of the card, 0 for inline */
    Garbage(long seed, int engines) {
        random = new SplittableRandom(seed);
        card = engines == 0 ? new TestCard() : new TestCard(engines);
        tenant = new GarbageTenant(card, report);
        bystanders = new Bystanders(card);
        FieldMutation mutation = new FieldMutation(random);
        commands = new GarbageCommands(tenant, random, mutation);
        requests = new GarbageRequests(tenant, random, mutation);
        doorbells = new GarbageDoorbells(tenant, random, mutation, commands);
        registers = new GarbageRegisters(tenant, random, mutation);
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> died.compareAndSet(null, error));
        List.of(tenant.host, tenant.peer, bystanders.alice, bystanders.bob)
                .forEach(host -> host.whileWaiting = engines == 0 ? Garbage::nothingComes : this::waitForEngines);
    }

    private static void nothingComes() {
        throw new AssertionError("no answer");
    }

    private void waitForEngines() {
        if (died.get() != null) {
            throw new AssertionError("an engine died", died.get());
        }
        Thread.yield();
    }

    /** Runs until there were so many entries, or it is enough. */
    void run(long entries, BooleanSupplier enough) {
        while (report.entries() < entries && !enough.getAsBoolean()) {
            live();
        }
    }

    private void live() {
        report.deed("lives");
        tenant.begin();
        requests.begin();
        long end = report.entries() + ENTRIES_A_LIFE;
        for (int step = 0; report.entries() < end && !tenant.over; step++) {
            act();
            tenant.collect();
            if (step % STEPS_BETWEEN_CHECKS == 0) {
                bystanders.exchange();
            }
        }
        if (random.nextInt(4) == 0) {
            tenant.pairs.expectAnything();
            registers.lastDeed();
        }
        tenant.end(registers::ringAll);
        if (random.nextInt(4) == 0) {
            registers.badInit();
        }
        bystanders.exchange();
        assertThat(bystanders.areUntouched()).isTrue();
        assertThat(died.get()).isNull();
    }

    private void act() {
        int pick = random.nextInt(1000);
        if (pick < 240) {
            commands.send();
        } else if (pick < 690) {
            request(random.nextInt(GarbagePairs.COUNT));
        } else if (pick < 810) {
            doorbells.ring();
        } else if (pick < 850) {
            doorbells.record();
        } else if (pick < 890) {
            doorbells.event();
        } else if (pick < 970) {
            registers.access();
        } else if (pick < 992) {
            tenant.pairs.revive(random.nextInt(GarbagePairs.COUNT));
        } else if (pick < 996) {
            report.deed("time passed");
            card.clock.advance(3_000_000_000L);
        } else {
            withdraw(random.nextInt(GarbagePairs.FLEETING + 1));
        }
    }

    /** Takes memory of a queue, or of a region, away. */
    private void withdraw(int index) {
        if (index < GarbagePairs.FLEETING && random.nextBoolean()) {
            tenant.pairs.revive(index);
        }
        if (!tenant.over && tenant.withdraw(index, random.nextInt(4) == 0) && index < GarbagePairs.FLEETING) {
            requests.useGone(index);
        }
    }

    private void request(int pair) {
        if (tenant.pairs.isBroken(pair) && random.nextInt(3) > 0) {
            tenant.pairs.revive(pair);
        }
        if (!tenant.over) {
            requests.post(pair);
        }
    }

    /** What has come up. Functions are counted once: call it once, at the end. */
    GarbageReport report() {
        report.count(tenant.host.function);
        report.count(tenant.peer.function);
        return report;
    }

    @Override
    public void close() {
        Thread.setDefaultUncaughtExceptionHandler(null);
        tenant.close();
        card.close();
    }
}
