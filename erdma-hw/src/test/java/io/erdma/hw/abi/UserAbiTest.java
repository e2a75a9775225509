package io.erdma.hw.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserAbiTest {
    private static final Path HEADER = Path.of("/usr/include/rdma/erdma-abi.h");

    @FunctionalInterface
    private interface IntSetter {
        void set(MemorySegment struct, long offset, int value);
    }

    @FunctionalInterface
    private interface LongSetter {
        void set(MemorySegment struct, long offset, long value);
    }

    @ParameterizedTest
    @CsvSource({ "1,4096", "64,4096", "128,4096", "256,8192", "32768,1048576" })
    void rqOffset_isTheFirstPageBehindTheSendQueue(int sqDepth, long offset) {
        assertThat(UserAbi.rqOffset(sqDepth)).isEqualTo(offset);
    }

    /** A C program that the installed header compiles says size of each struct and place and size of each field. */
    @Test
    void structs_lieAsTheKernelsHeaderSays(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(Files.exists(HEADER), HEADER + " is not installed");

        assertThat(outputOf(folder, program())).containsExactlyElementsOf(accessorLayout());
    }

    private static List<String> accessorLayout() {
        List<String> lines = new ArrayList<>();
        lines.add("version " + UserAbi.VERSION);
        lines.add("erdma_ureq_create_cq " + UreqCreateCq.BYTES);
        lines.add(wide("db_record_va", UreqCreateCq::setDbRecordVa));
        lines.add(wide("qbuf_va", UreqCreateCq::setQbufVa));
        lines.add(length("qbuf_len", UreqCreateCq::setQbufLen));
        lines.add("erdma_uresp_create_cq " + UrespCreateCq.BYTES);
        lines.add(word("cq_id", UrespCreateCq::setCqId));
        lines.add(word("num_cqe", UrespCreateCq::setNumCqe));
        lines.add("erdma_ureq_create_qp " + UreqCreateQp.BYTES);
        lines.add(wide("db_record_va", UreqCreateQp::setDbRecordVa));
        lines.add(wide("qbuf_va", UreqCreateQp::setQbufVa));
        lines.add(length("qbuf_len", UreqCreateQp::setQbufLen));
        lines.add("erdma_uresp_create_qp " + UrespCreateQp.BYTES);
        lines.add(word("qp_id", UrespCreateQp::setQpId));
        lines.add(word("num_sqe", UrespCreateQp::setNumSqe));
        lines.add(word("num_rqe", UrespCreateQp::setNumRqe));
        lines.add(word("rq_offset", UrespCreateQp::setRqOffset));
        lines.add("erdma_uresp_alloc_ctx " + UrespAllocCtx.BYTES);
        lines.add(word("dev_id", UrespAllocCtx::setDevId));
        lines.add(word("sdb_type", UrespAllocCtx::setSdbType));
        lines.add(word("sdb_offset", UrespAllocCtx::setSdbOffset));
        lines.add(wide("sdb", UrespAllocCtx::setSdb));
        lines.add(wide("rdb", UrespAllocCtx::setRdb));
        lines.add(wide("cdb", UrespAllocCtx::setCdb));
        return lines;
    }

    private static String wide(String field, LongSetter setter) {
        MemorySegment struct = MemorySegment.ofArray(new long[8]);
        setter.set(struct, 0, -1);
        return line(field, struct);
    }

    private static String length(String field, LongSetter setter) {
        MemorySegment struct = MemorySegment.ofArray(new long[8]);
        setter.set(struct, 0, 0xFFFF_FFFFL);
        return line(field, struct);
    }

    private static String word(String field, IntSetter setter) {
        MemorySegment struct = MemorySegment.ofArray(new long[8]);
        setter.set(struct, 0, -1);
        return line(field, struct);
    }

    /** Name, first byte and number of bytes that a setter wrote. */
    private static String line(String field, MemorySegment struct) {
        byte[] bytes = struct.toArray(ValueLayout.JAVA_BYTE);
        int first = 0;
        while (bytes[first] == 0) {
            first++;
        }
        int end = first;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return field + " " + first + " " + (end - first);
    }

    private static String program() {
        StringBuilder program = new StringBuilder("""
            #include <stddef.h>
            #include <stdio.h>
            #include <rdma/erdma-abi.h>
            #define STRUCT(s) printf(#s " %zu\\n", sizeof(struct s))
            #define FIELD(s, f) printf(#f " %zu %zu\\n", offsetof(struct s, f), sizeof(((struct s *)0)->f))
            int main(void) {
                printf("version %d\\n", ERDMA_ABI_VERSION);
            """);
        String struct = "";
        for (String line : accessorLayout().subList(1, accessorLayout().size())) {
            String name = line.substring(0, line.indexOf(' '));
            if (name.startsWith("erdma_")) {
                struct = name;
                program.append("STRUCT(").append(struct).append(");\n");
            } else {
                program.append("FIELD(").append(struct).append(", ").append(name).append(");\n");
            }
        }
        return program.append("return 0; }\n").toString();
    }

    private static List<String> outputOf(Path folder, String program) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("layout.c"), program);
        Path binary = folder.resolve("layout");
        Process compiler;
        try {
            compiler = new ProcessBuilder("gcc", "-o", binary.toString(), source.toString()).redirectErrorStream(true)
                    .start();
        } catch (IOException _) {
            return abort("gcc is not installed");
        }
        String messages = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(compiler.waitFor()).as(messages).isZero();
        Process run = new ProcessBuilder(binary.toString()).start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.waitFor()).isZero();
        return output.lines().toList();
    }
}
