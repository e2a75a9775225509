package io.erdma.model.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PipeTest {
    /** A number above 0 writes so many bytes, below 0 reads so many, 0 delivers. */
    @Property(tries = 200)
    void bytes_comeOutInOrder_onlyOnceDelivered_andNeverMoreThanFit(
            @ForAll @Size(max = 60) List<@IntRange(min = -40_000, max = 40_000) Integer> steps) {
        Pipe pipe = new Pipe();
        ArrayDeque<Byte> onTheWay = new ArrayDeque<>();
        ArrayDeque<Byte> arrived = new ArrayDeque<>();
        byte next = 0;
        for (int step : steps) {
            if (step > 0) {
                byte[] bytes = new byte[step];
                for (int i = 0; i < step; i++) {
                    bytes[i] = (byte) (next + i * 7);
                }
                int room = Pipe.CAPACITY - onTheWay.size() - arrived.size();
                int taken = pipe.put(ByteBuffer.wrap(bytes));
                assertThat(taken).isEqualTo(Math.min(step, room));
                for (int i = 0; i < taken; i++) {
                    onTheWay.add(bytes[i]);
                }
                next += (byte) (taken * 7);
            } else if (step < 0) {
                ByteBuffer target = ByteBuffer.allocate(-step);
                int taken = pipe.take(target);
                assertThat(taken).isEqualTo(Math.min(-step, arrived.size()));
                for (int i = 0; i < taken; i++) {
                    assertThat(target.get(i)).isEqualTo(arrived.removeFirst());
                }
            } else {
                pipe.deliver();
                arrived.addAll(onTheWay);
                onTheWay.clear();
            }
            assertThat(pipe.readable()).isEqualTo(arrived.size());
            assertThat(pipe.undelivered()).isEqualTo(onTheWay.size());
        }
    }
}
