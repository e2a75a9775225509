package io.erdma.model.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.hw.AccessRights;
import io.erdma.hw.CqeOpcode;
import io.erdma.hw.Mtt;
import io.erdma.hw.SqOpcode;
import io.erdma.hw.Syndrome;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.DeregMr;
import io.erdma.hw.cmd.RegMr;
import io.erdma.model.device.TestQp.Piece;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fast-register regions: made by command, given their terms by REG_MR requests, taken back by LOCAL_INV or by the peer. */
class FastRegisterTest {
    private static final int RIGHTS = AccessRights.ALL_BUT_ATOMIC;
    private static final int INDEX = 20;
    private static final int STAG = INDEX << 8 | 0x33;
    private static final int CAPACITY = 8;
    private static final long VA = 0x1234_5000L;

    private Pair pair;
    private long table;
    private long pages;

    @BeforeEach
    void makeRegion() {
        pair = new Pair();
        table = pair.bob.memory.take(CAPACITY * 8L, 8);
        pages = pair.bob.memory.take(CAPACITY * 4096L, 4096);
        assertThat(create(TestHost.PD)).isZero();
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private int create(int pd) {
        return pair.bob.command(CommandOpcode.REG_MR, (slot, offset) -> {
            slot.asSlice(offset + 16, 12).fill((byte) 0xC3);
            RegMr.setMptIndex(slot, offset, INDEX);
            RegMr.setPd(slot, offset, pd);
            RegMr.setType(slot, offset, RegMr.TYPE_FAST_REGISTER);
            RegMr.setRights(slot, offset, RIGHTS);
            RegMr.setPageShift(slot, offset, 12);
            RegMr.setMttLevel(slot, offset, 1);
            RegMr.setMttEntriesLow(slot, offset, CAPACITY);
            RegMr.setTableAddress(slot, offset, table);
        });
    }

    private TestCq.Completion last() {
        return pair.bobCq.poll();
    }

    @Test
    void beforeRegistration_theRegionIsNotValid() {
        pair.out.write(0, INDEX << 8, VA, pair.from(0, 8)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_STAG);
    }

    @Test
    void inlineRegistration_mapsItsPages_inAnyOrder() {
        pair.in.registerInline(TestQp.SIGNALED, STAG, RIGHTS, VA + 100, 6000, pages + 4096, pages).ring();
        assertThat(last()).satisfies(done -> {
            assertThat(done.opcode()).isEqualTo(SqOpcode.REG_MR);
            assertThat(done.syndrome()).isZero();
        });

        pair.out.write(TestQp.SIGNALED, STAG, VA + 4090, pair.from(0, 12)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isZero();
        assertThat(pair.bob.memory.slice(pages + 4096 + 4090, 6).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(pair.source.copy(0, 6));
        assertThat(pair.bob.memory.slice(pages, 6).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(pair.source.copy(6, 6));
    }

    @Test
    void tableRegistration_readsTheTableAnew_eachTime() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5; i++) {
                Mtt.setEntry(pair.bob.all(), HostMemoryArea.at(table), i, pages + 4096L * (round == 0 ? i : 7 - i));
            }
            pair.in.registerTable(0, STAG + round, RIGHTS, VA, 5 * 4096, 5).ring();
            pair.out.write(TestQp.SIGNALED, STAG + round, VA, pair.from(10 + 100L * round, 8)).ring();
            assertThat(pair.aliceCq.poll().syndrome()).isZero();
            assertThat(pair.bob.memory.slice(pages + 4096L * (round == 0 ? 0 : 7), 8).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(pair.source.copy(10 + 100L * round, 8));
            pair.in.localInvalidate(0, STAG + round).ring();
        }
    }

    @Test
    void oldKey_leadsNowhere_afterANewRegistration() {
        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).localInvalidate(0, STAG)
                .registerInline(0, STAG + 1, RIGHTS, VA, 4096, pages).ring();

        pair.out.write(0, STAG, VA, pair.from(0, 8)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_STAG);
    }

    @Test
    void localInvalidate_endsUse() {
        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).localInvalidate(TestQp.SIGNALED, STAG).ring();
        assertThat(last().opcode()).isEqualTo(SqOpcode.LOCAL_INV);

        pair.out.write(0, STAG, VA, pair.from(0, 8)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_STAG);
    }

    @Test
    void sendWithInvalidate_endsUse_beforeItsReceiveCompletes() {
        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).ring();
        pair.in.receive(pair.to(0, 64));

        pair.out.sendWithInvalidate(TestQp.SIGNALED, STAG, pair.from(0, 8)).ring();

        assertThat(last()).satisfies(done -> {
            assertThat(done.opcode()).isEqualTo(CqeOpcode.RECV_INV);
            assertThat(done.invalidated()).isEqualTo(STAG);
        });
        pair.out.write(0, STAG, VA, pair.from(0, 8)).ring();
        assertThat(pair.aliceCq.pollAll()).extracting(TestCq.Completion::syndrome).containsExactly(0,
                Syndrome.REMOTE_STAG);
    }

    @Test
    void sendWithInvalidate_ofAnStagThatIsNone_endsTheStream() {
        pair.in.receive(pair.to(0, 64));

        pair.out.sendWithInvalidate(0, pair.target.stag(), pair.from(0, 8)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.GENERAL);
        assertThat(pair.bobCq.poll().syndrome()).isEqualTo(Syndrome.FLUSHED);
    }

    @Test
    void readWithInvalidate_invalidatesTheSink() {
        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages)
                .readWithInvalidate(TestQp.SIGNALED, STAG, new Piece(VA, 100, STAG), pair.source.stag(),
                        pair.source.va())
                .ring();
        assertThat(last().syndrome()).isZero();
        assertThat(pair.bob.memory.slice(pages, 100).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(pair.source.copy(0, 100));

        pair.in.localInvalidate(0, STAG).ring();
        assertThat(last().syndrome()).isEqualTo(Syndrome.LOCAL_STAG);
    }

    @ParameterizedTest
    @CsvSource({ "valid,10", "normal,10", "too-long,11", "too-many,11", "rights,12", "wrap,14", "no-entries,8" })
    void registration_thatCannotBe_isRefused(String what, int syndrome) {
        switch (what) {
            case "valid" -> pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).registerInline(0, STAG, RIGHTS, VA,
                    4096, pages);
            case "normal" -> pair.in.registerInline(0, pair.target.stag(), RIGHTS, VA, 4096, pages);
            case "too-long" -> pair.in.registerInline(0, STAG, RIGHTS, VA + 1, 4096, pages);
            case "too-many" -> pair.in.registerTable(0, STAG, RIGHTS, VA, 4096, CAPACITY + 1);
            case "rights" -> pair.in.registerInline(0, STAG, RIGHTS | AccessRights.REMOTE_ATOMIC, VA, 4096, pages);
            case "wrap" -> pair.in.registerInline(0, STAG, RIGHTS, -100, 4096, pages, pages);
            default -> pair.in.registerTable(0, STAG, RIGHTS, VA, 4096, 0);
        }
        pair.in.ring();

        assertThat(last().syndrome()).isEqualTo(syndrome);
    }

    @Test
    void requestOfAnotherPd_isRefused() {
        assertThat(pair.bob.command(CommandOpcode.DEREG_MR, (slot, offset) -> DeregMr.setMptIndex(slot, offset, INDEX)))
                .isZero();
        assertThat(create(TestHost.PD + 1)).isZero();

        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).ring();

        assertThat(last().syndrome()).isEqualTo(Syndrome.LOCAL_PD);
    }

    @Test
    void deregistering_goesByTheIndex_whateverTheKey() {
        pair.in.registerInline(0, STAG, RIGHTS, VA, 4096, pages).ring();
        assertThat(pair.bob.command(CommandOpcode.DEREG_MR, (slot, offset) -> {
            DeregMr.setMptIndex(slot, offset, INDEX);
            DeregMr.setKey(slot, offset, 0xEE);
        })).isZero();

        pair.out.write(0, STAG, VA, pair.from(0, 8)).ring();

        assertThat(pair.aliceCq.poll().syndrome()).isEqualTo(Syndrome.REMOTE_STAG);
    }
}
