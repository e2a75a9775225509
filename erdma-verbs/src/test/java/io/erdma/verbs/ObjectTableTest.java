package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectTableTest {
    @Test
    void numbers_goFromOneToTheLast_thenTheTablesErrno() {
        ObjectTable<String> table = new ObjectTable<>("thing", 4, Errno.ENOSPC);

        assertThat(List.of(table.reserve(), table.reserve(), table.reserve())).containsExactly(1, 2, 3);
        assertRefused(Errno.ENOSPC, table::reserve);
        assertThat(table.inUse()).isEqualTo(3);
        table.free(2);
        assertThat(table.reserve()).isEqualTo(2);
    }

    @Test
    void aWithdrawnNumber_findsNothing_andIsNotGivenOutBeforeItIsFreed() {
        ObjectTable<String> table = new ObjectTable<>("thing", 2, Errno.ENOSPC);
        int number = table.reserve();
        assertThat(table.find(number)).isNull();
        table.publish(number, "it");
        assertThat(table.find(number)).isEqualTo("it");

        table.withdraw(number);

        assertThat(table.find(number)).isNull();
        assertRefused(Errno.ENOSPC, table::reserve);
        table.free(number);
        assertThat(table.reserve()).isEqualTo(number);
    }
}
