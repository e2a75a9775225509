package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A card as text: one statement a line, {@code #} begins a comment, empty lines mean nothing.
 *
 * <pre>
 * card      execution=threaded:2 strict=on scattered=off seed=7
 * vport     alice vpc=blue mac=02:00:00:00:00:01 ip=10.0.0.1,10.0.0.7 netdev=eth0 mtu=1500 speed=25000 tx-bits=1G tx-packets=100K
 * vport     bob   vpc=blue mac=02:00:00:00:00:02 ip=10.0.0.2
 * function  alice vectors=8 extended-doorbells=on
 * deny      vpc=blue from=10.0.0.1 to=10.0.0.0/8 ports=7000-7999 traffic=rdma priority=10
 * </pre>
 *
 * <table>
 * <caption>Statements; all settings but those of a vport's vpc and mac may be left out</caption>
 * <tr><th>statement</th><th>settings</th></tr>
 * <tr><td>{@code card}, at most once</td><td>{@code execution=inline} or {@code threaded:}1–64; {@code strict}, {@code scattered} (on, off);
 * {@code seed}</td></tr>
 * <tr><td>{@code vport NAME}</td><td>{@code vpc}, {@code mac}, {@code ip} (one or more, with commas), {@code netdev}, {@code mtu}, {@code speed} (Mbit/s),
 * {@code functions=none}; {@code tx-bits}, {@code tx-packets}, {@code rx-bits}, {@code rx-packets}: limits a second, K, M, G are powers of
 * 1000</td></tr>
 * <tr><td>{@code function VPORT}, after its vport</td><td>One function; without any such line a vport has one with the defaults. {@code bar} (bytes; K, M are
 * powers of 1024), {@code vectors}, {@code revision}, {@code version}, {@code protocol} (iwarp, rocev2), {@code firmware}, {@code qp-blocks},
 * {@code max-cqe-log2}, {@code max-receive-wr-log2}, {@code max-mr-size-log2}, {@code max-mws-log2}, {@code max-gids-log2}, {@code max-ahs-log2},
 * {@code local-dma-key}, {@code congestion-control}, {@code atomics}, {@code scattered-mtt}, {@code extended-doorbells}, {@code reflush} (on, off), {@code peer-wait},
 * {@code receive-wait} (milliseconds); see {@link FunctionSpec}</td></tr>
 * <tr><td>{@code deny}, {@code permit}</td><td>{@code vpc}, {@code from}, {@code to} (an address, a prefix or any), {@code ports} (one or low-high),
 * {@code traffic} (stream, rdma), {@code priority}; see {@link FlowRule}</td></tr>
 * </table>
 */
public final class CardFile {
    private static final String THREADED = "threaded:";

    private final CardSpec.Builder card = CardSpec.builder();
    private final Map<String, VportSpec.Builder> vports = new LinkedHashMap<>();
    private final Map<String, List<FunctionSpec>> functions = new LinkedHashMap<>();
    private boolean cardSeen;

    private CardFile() {}

    /**
     * Reads a card.
     *
     * @param source what the text is called in errors
     * @throws ErrnoException EINVAL, EEXIST, with source and line
     */
    public static CardSpec parse(String source, String text) {
        CardFile file = new CardFile();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String statement = line.replaceFirst("#.*", "");
            if (!statement.isBlank()) {
                file.take(source + ":" + number, statement);
            }
        }
        return located(source, file::build);
    }

    private void take(String place, String statement) {
        located(place, () -> {
            CardLine line = new CardLine(statement);
            statement(line);
            line.requireAllTaken();
            return line;
        });
    }

    private static <T> T located(String place, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (ErrnoException e) {
            String message = Objects.requireNonNullElse(e.getMessage(), e.errno().text());
            throw new ErrnoException(e.errno(), place + ": " + message.replaceFirst("^" + e.errno() + ": ", ""), e);
        }
    }

    private void statement(CardLine line) {
        switch (line.word()) {
            case "card" -> card(line);
            case "vport" -> vport(line);
            case "function" -> function(line);
            case "deny" -> card.rule(rule(line, FlowRule.deny()));
            case "permit" -> card.rule(rule(line, FlowRule.permit()));
            default ->
                throw bad("unknown statement '" + line.word() + "'; there are card, vport, function, deny, permit");
        }
    }

    private void card(CardLine line) {
        line.requireNoName();
        if (cardSeen) {
            throw new ErrnoException(Errno.EEXIST, "a second 'card'");
        }
        cardSeen = true;
        settings(line, card);
    }

    /** Takes the settings of the statement {@code card}. */
    static void settings(CardLine line, CardSpec.Builder card) {
        line.find("execution", CardFile::engineThreads).ifPresent(card::engineThreads);
        line.flag("strict").ifPresent(card::strict);
        line.flag("scattered").ifPresent(card::scattered);
        line.number("seed", false).ifPresent(card::seed);
    }

    private static int engineThreads(String text) {
        if ("inline".equals(text)) {
            return 0;
        }
        try {
            int threads = text.startsWith(THREADED) ? Integer.parseInt(text.substring(THREADED.length())) : 0;
            if (threads > 0) {
                return threads;
            }
        } catch (NumberFormatException e) {
            throw new ErrnoException(Errno.EINVAL, "execution=" + text + " has no number of threads", e);
        }
        throw bad("execution=" + text + " is neither inline nor " + THREADED + "N");
    }

    private void vport(CardLine line) {
        String name = line.name();
        VportSpec.Builder vport = VportSpec.builder(name, line.take("vpc"), line.take("mac"));
        line.find("ip").ifPresent(addresses -> vport.addresses(addresses.split(",", -1)));
        line.find("netdev").ifPresent(vport::netdev);
        line.integer("mtu").ifPresent(vport::mtu);
        line.integer("speed").ifPresent(vport::speedMbits);
        line.find("functions").ifPresent(text -> {
            if (!"none".equals(text)) {
                throw bad("functions=" + text + "; say none, or write function lines");
            }
            functions.put(name, List.of());
        });
        vport.transmit(meter(line, "tx"));
        vport.receive(meter(line, "rx"));
        if (vports.putIfAbsent(name, vport) != null) {
            throw new ErrnoException(Errno.EEXIST, "vport " + name + " is there already");
        }
        vport.build();
    }

    private static MeterSpec meter(CardLine line, String direction) {
        return new MeterSpec(line.number(direction + "-bits", false).orElse(0L),
                line.number(direction + "-packets", false).orElse(0L));
    }

    private void function(CardLine line) {
        String vport = line.name();
        if (!vports.containsKey(vport)) {
            throw bad("no vport " + vport + " above this line");
        }
        FunctionSpec spec = functionSpec(line);
        functions.merge(vport, List.of(spec), (before, added) -> {
            List<FunctionSpec> all = new ArrayList<>(before);
            all.addAll(added);
            return all;
        });
    }

    private static FunctionSpec functionSpec(CardLine line) {
        FunctionSpec.Builder spec = FunctionSpec.builder();
        line.number("bar", true).ifPresent(spec::barBytes);
        line.integer("vectors").ifPresent(spec::vectors);
        line.integer("revision").ifPresent(spec::revision);
        line.integer("version").ifPresent(spec::version);
        line.find("protocol", CardFile::protocol).ifPresent(spec::protocol);
        line.integer("firmware").ifPresent(spec::firmwareVersion);
        line.integer("qp-blocks").ifPresent(spec::qpBlocks);
        line.integer("max-cqe-log2").ifPresent(spec::maxCqeLog2);
        line.integer("max-receive-wr-log2").ifPresent(spec::maxReceiveWrLog2);
        line.integer("max-mr-size-log2").ifPresent(spec::maxMrSizeLog2);
        line.integer("max-mws-log2").ifPresent(spec::maxMwsLog2);
        line.integer("max-gids-log2").ifPresent(spec::maxGidsLog2);
        line.integer("max-ahs-log2").ifPresent(spec::maxAhsLog2);
        line.integer("local-dma-key").ifPresent(spec::localDmaKey);
        line.integer("congestion-control").ifPresent(spec::congestionControl);
        line.flag("atomics").ifPresent(spec::atomics);
        line.flag("scattered-mtt").ifPresent(spec::scatteredMtt);
        line.flag("extended-doorbells").ifPresent(spec::extendedDoorbells);
        line.flag("reflush").ifPresent(spec::reflush);
        line.millis("peer-wait").ifPresent(spec::peerWait);
        line.millis("receive-wait").ifPresent(spec::receiveWait);
        return spec.build();
    }

    private static int protocol(String text) {
        return switch (text) {
            case "iwarp" -> FunctionSpec.IWARP;
            case "rocev2" -> FunctionSpec.ROCE_V2;
            default -> throw bad("protocol=" + text + " is neither iwarp nor rocev2");
        };
    }

    private static FlowRule rule(CardLine line, FlowRule all) {
        line.requireNoName();
        FlowRule rule = all;
        rule = line.find("vpc").map(rule::in).orElse(rule);
        rule = line.find("from").map(rule::from).orElse(rule);
        rule = line.find("to").map(rule::to).orElse(rule);
        rule = line.find("traffic", CardFile::traffic).map(rule::of).orElse(rule);
        rule = line.integer("priority").map(rule::at).orElse(rule);
        Optional<String> ports = line.find("ports");
        return ports.isPresent() ? withPorts(rule, ports.get()) : rule;
    }

    private static FlowRule withPorts(FlowRule rule, String text) {
        int dash = text.indexOf('-');
        try {
            int low = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
            return rule.ports(low, dash < 0 ? low : Integer.parseInt(text.substring(dash + 1)));
        } catch (NumberFormatException e) {
            throw new ErrnoException(Errno.EINVAL, "ports=" + text + " are neither one port nor low-high", e);
        }
    }

    private static Traffic traffic(String text) {
        return switch (text) {
            case "stream" -> Traffic.STREAM;
            case "rdma" -> Traffic.RDMA;
            default -> throw bad("traffic=" + text + " is neither stream nor rdma");
        };
    }

    private CardSpec build() {
        vports.forEach((name, vport) -> {
            List<FunctionSpec> given = functions.get(name);
            if (given != null) {
                vport.functions(given.toArray(FunctionSpec[]::new));
            }
            card.vport(vport.build());
        });
        return card.build();
    }

    private static ErrnoException bad(String message) {
        return new ErrnoException(Errno.EINVAL, message);
    }
}
