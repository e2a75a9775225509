package io.erdma.cli;

import static io.erdma.cli.Ran.erdma;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command as the shell sees it: help, exit status, complaints. */
class MainTest {
    private static final String NOTHING = "''";

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''                         | Name a subcommand. Try 'erdma --help'.",
        "foo                        | Unmatched argument at index 0: 'foo'. Try 'erdma --help'.",
        "--bogus                    | Unknown option: '--bogus'. Try 'erdma --help'.",
        "--version                  | Unknown option: '--version'. Try 'erdma --help'.",
        "--log-level                | Missing required parameter for option '--log-level' (LEVEL). Try 'erdma --help'.",
        "--log-level loud devinfo   | No log level 'loud'. Try 'erdma --help'.",
        "devinfo --bogus            | Unknown option: '--bogus'. Try 'erdma devinfo --help'.",
        "devinfo erdma0             | Unmatched argument at index 1: 'erdma0'. Try 'erdma devinfo --help'.",
        "devinfo --card             | Missing required parameter for option '--card' (FILE). Try 'erdma devinfo --help'.",
        "link                       | Name what to do: show. Try 'erdma link --help'.",
        "link list                  | Unmatched argument at index 1: 'list'.",
        "res                        | Name what to do: show. Try 'erdma res --help'.",
        "res show                   | Missing required parameter: 'KIND'. Try 'erdma res show --help'.",
        "res show srq               | but was 'srq'. Try 'erdma res show --help'.",
        "res show qp cq             | Unmatched argument at index 3: 'cq'.",
        "demo --mode fast           | Invalid value for option '--mode'",
        "demo --size                | Missing required parameter for option '--size' (N)",
        "demo --size ''             | is no number of bytes. Try 'erdma demo --help'.",
        "demo --size -1             | --size -1 is out of range.",
        "demo --size 9000000000G    | --size 9000000000G is out of range.",
        "demo --size 9223372036854775808 | is no number of bytes.",
        "demo --size K              | --size K is no number of bytes.",
        "demo --size 1x             | --size 1x is no number of bytes.",
        "demo --size 0x10           | --size 0x10 is no number of bytes.",
        "demo --size 1 --file x     | --file and --size exclude each other." })
    void wrongUse_isStatus2_andOneLineThatSaysWhatAndWhereToRead(String arguments, String complaint) {
        erdma(split(arguments)).assertRefused(2, complaint);
    }

    @ParameterizedTest
    @ValueSource(strings = { "demo", "devinfo", "link show", "res show qp" })
    void everySubcommand_refusesACardThatIsNotThere_orIsNoFile_orSaysNothing(
            String subcommand, @TempDir Path folder) throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.card"), "# nothing");
        Path wrong = Files.writeString(folder.resolve("wrong.card"), "\nvport alice vpc=blue\n");
        Path missing = folder.resolve("missing.card");

        withCard(subcommand, missing).assertRefused(1, "ENOENT: no card file " + missing);
        withCard(subcommand, folder).assertRefused(1, "EIO: cannot read card file " + folder);
        withCard(subcommand, empty).assertRefused(1, "EINVAL: " + empty + ": a card without vports");
        withCard(subcommand, wrong).assertRefused(1, "EINVAL: " + wrong + ":2: 'vport' needs mac=");
    }

    @ParameterizedTest
    @ValueSource(strings = { "demo", "res show qp" })
    void whatNeedsTwoTenants_refusesACardWithoutThem(String subcommand, @TempDir Path folder) throws IOException {
        Path lonely = Files.writeString(folder.resolve("x.card"), """
            vport alice vpc=blue mac=02:00:00:00:00:01 ip=10.0.0.1
            vport bob   vpc=red  mac=02:00:00:00:00:02 ip=10.0.0.2
            vport carol vpc=blue mac=02:00:00:00:00:03
            vport dave  vpc=blue mac=02:00:00:00:00:04 ip=10.0.0.4 functions=none
            """);

        withCard(subcommand, lonely).assertRefused(
                1, "EINVAL: no virtual network of the card has two vports with an address and a function");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "demo", "devinfo", "link", "link show", "res", "res show" })
    void help_saysHowToUseIt_withStatus0_andNamesNoVersion(String subcommand) {
        String command = ("erdma " + subcommand).strip();

        Ran ran = erdma(split((subcommand + " --help").strip())).assertDone();

        assertThat(ran.out()).startsWith("Usage: " + command).contains("-h, --help", "--log-level=LEVEL");
        assertThat(ran.out()).doesNotContainIgnoringCase("version");
        assertThat(erdma(split((subcommand + " -h").strip()))).isEqualTo(ran);
    }

    @Test
    void help_namesTheSubcommands_andWhatTheExitStatusMeans() {
        assertThat(erdma("--help").out())
                .contains("  demo     Shows two tenants of a new card moving data by RDMA.")
                .contains("  devinfo  Shows the devices of a new card, as ibv_devinfo does.")
                .contains("  link     ", "  res      ")
                .contains("Exit status: 0 done, 1 failed, 2 used wrongly.");
        assertThat(erdma("res", "show", "--help").out()).contains("qp, cq, mr, pd, cm_id");
        assertThat(erdma("demo", "--help").out()).contains("--card=FILE", "--file=FILE", "--size=N", "--mode=MODE");
    }

    @Test
    void nothingIsWrittenToTheError_asLongAsAllIsWell() {
        assertThat(erdma("link", "show").assertDone().out()).isNotEmpty();
    }

    @Test
    void complaints_areOneLine_evenOfNamesWithLineBreaks() {
        erdma("devinfo", "--card", "a\nb").assertRefused(1, "no card file a b");
        erdma("demo", "--size", "1\r\n2").assertRefused(2, "--size 1 2 is no number");
    }

    @Test
    void aBug_isOneLineToo_withStatus1() {
        CommandLine command = Main.commandLine().addSubcommand(new Buggy());

        Ran.of(command, "buggy").assertRefused(1, "java.lang.IllegalStateException: of all things");
    }

    @Command(name = "buggy")
    private static final class Buggy implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("of all things");
        }
    }

    @Test
    void anArgumentThatBeginsWithAnAt_isTakenAsItIs(@TempDir Path folder) throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), "--help");

        erdma("devinfo", "@" + arguments).assertRefused(2, "Unmatched argument at index 1: '@" + arguments + "'");
    }

    @Test
    void logLevel_isHeardBeforeAndBehindTheSubcommand_inAnyCase() {
        String before = System.getProperty(Main.LOG_LEVEL);
        try {
            erdma("--log-level", "error", "link", "show").assertDone();
            assertThat(System.getProperty(Main.LOG_LEVEL)).isEqualTo("error");
            erdma("link", "show", "--log-level=OFF").assertDone();
            assertThat(System.getProperty(Main.LOG_LEVEL)).isEqualTo("OFF");
            erdma("link", "show", "--log-level=loud").assertRefused(2, "No log level 'loud'.");
            assertThat(System.getProperty(Main.LOG_LEVEL)).isEqualTo("OFF");
        } finally {
            if (before == null) {
                System.clearProperty(Main.LOG_LEVEL);
            } else {
                System.setProperty(Main.LOG_LEVEL, before);
            }
        }
    }

    private static Ran withCard(String subcommand, Path card) {
        return erdma(split(subcommand + " --card " + card));
    }

    /** Arguments as a shell takes them apart, with two quotes for an empty one. */
    private static String[] split(String arguments) {
        if (arguments.isEmpty()) {
            return new String[0];
        }
        String[] all = arguments.split(" +");
        for (int i = 0; i < all.length; i++) {
            all[i] = NOTHING.equals(all[i]) ? "" : all[i];
        }
        return all;
    }
}
