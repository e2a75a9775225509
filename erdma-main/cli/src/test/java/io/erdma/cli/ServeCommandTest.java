package io.erdma.cli;

import static io.erdma.cli.Ran.erdma;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code erdma serve} as a process of its own: what it says, whom it answers, and how it ends. */
class ServeCommandTest {
    private static final int VERSION = 1;
    private static final int REGION_READ = 9;
    private static final int REPLY = 1;

    @TempDir private Path folder;

    /** A run of the command, and its output line by line. */
    private static final class Serving implements AutoCloseable {
        final Process process;
        final BufferedReader out;

        Serving(String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp", System.getProperty("jdk.module.path", "") + File.pathSeparator
                            + System.getProperty("java.class.path"),
                    "io.erdma.cli.Main", "serve"));
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            out = process.inputReader(UTF_8);
        }

        String line() throws IOException {
            return out.readLine();
        }

        /** SIGTERM. */
        int end() throws InterruptedException {
            assertThat(process.toHandle().destroy()).isTrue();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static SocketChannel connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        return channel;
    }

    /** Sends a command and takes its reply, without its header. */
    private static ByteBuffer call(SocketChannel channel, int command, ByteBuffer payload) throws IOException {
        ByteBuffer message = buffer(16 + payload.remaining());
        message.putShort((short) 7).putShort((short) command).putInt(message.capacity()).putInt(0).putInt(0)
                .put(payload);
        channel.write(message.flip());
        ByteBuffer header = read(channel, 16);
        assertThat(header.getShort(2)).isEqualTo((short) command);
        assertThat(header.getInt(8)).as("a good reply").isEqualTo(REPLY);
        return read(channel, header.getInt(4) - 16);
    }

    private static ByteBuffer read(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = buffer(bytes);
        while (buffer.hasRemaining()) {
            assertThat(channel.read(buffer)).as("bytes of the server").isPositive();
        }
        return buffer.flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void negotiate(SocketChannel channel) throws IOException {
        ByteBuffer reply = call(channel, VERSION, buffer(4));
        assertThat(reply.getInt(0)).as("version 0.0").isZero();
    }

    private static int register(SocketChannel channel, int offset) throws IOException {
        return call(channel, REGION_READ, buffer(16).putLong(offset).putInt(0).putInt(4).flip()).getInt(16);
    }

    @Test
    void sigterm_endsClients_removesTheSocket_andIsStatus0() throws Exception {
        Path socket = folder.resolve("s.sock");
        try (Serving serving = new Serving("--socket", socket.toString())) {
            assertThat(serving.line()).startsWith("serving ").endsWith(" on " + socket);
            try (SocketChannel client = connect(socket)) {
                negotiate(client);
                assertThat(serving.end()).isZero();
                assertThat(client.read(buffer(1))).as("end of the stream").isEqualTo(-1);
            }
            assertThat(socket).doesNotExist();
            assertThat(serving.line()).as("more output").isNull();
        }
    }

    @Test
    void everyFunctionOfACard_isServed_onASocketOfItsOwn() throws Exception {
        try (Serving serving = new Serving("--sockets", folder.toString())) {
            List<String> lines = List.of(serving.line(), serving.line(), serving.line());
            assertThat(lines).allMatch(line -> line.startsWith("serving ") && line.contains(" on " + folder));
            for (String line : lines) {
                try (SocketChannel client = connect(Path.of(line.substring(line.indexOf(" on ") + 4)))) {
                    negotiate(client);
                }
            }
            assertThat(serving.end()).isZero();
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    void trace_tellsOfRegisters_asTheClientReadsThem() throws Exception {
        Path socket = folder.resolve("s.sock");
        try (Serving serving = new Serving("--socket", socket.toString(), "--trace")) {
            serving.line();
            try (SocketChannel client = connect(socket)) {
                negotiate(client);
                int version = register(client, 0);
                assertThat(serving.line()).contains(" read  VERSION = ").contains(Integer.toHexString(version));
            }
            assertThat(serving.end()).isZero();
        }
    }

    @Test
    void whatCantBeServed_isSaid() {
        String socket = folder.resolve("s.sock").toString();
        erdma("serve").assertRefused(2, "--socket");
        erdma("serve", "--socket", socket, "--sockets", folder.toString()).assertRefused(2, "--socket");
        erdma("serve", "--sockets", folder.toString(), "--vport", "alice").assertRefused(2,
                "--vport goes with --socket");
        erdma("serve", "--socket", socket, "--vport", "nobody").assertRefused(1, "nobody");
        erdma("serve", "--socket", folder.resolve("not").resolve("there").toString()).assertRefused(1, "ENOENT");
        erdma("serve", "--socket", "/tmp/" + "x".repeat(120)).assertRefused(1, "EINVAL");
        assertThat(folder).isEmptyDirectory();
    }
}
