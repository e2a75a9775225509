package io.erdma.model.spec;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** One line of a card file: a word, perhaps a name, and settings {@code key=value}. What nobody asks for is an error. */
final class CardLine {
    private static final long KILO = 1000;
    private static final long KIBI = 1024;

    private final String word;
    private final Optional<String> name;
    private final Map<String, String> settings = new LinkedHashMap<>();

    /** Takes a line that has at least one word, without its comment. EINVAL for words that are no setting, EEXIST for a setting given twice. */
    CardLine(String line) {
        List<String> words = List.of(line.strip().split("\\s+"));
        word = words.getFirst();
        boolean named = words.size() > 1 && words.get(1).indexOf('=') < 0;
        name = named ? Optional.of(words.get(1)) : Optional.empty();
        for (String setting : words.subList(named ? 2 : 1, words.size())) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw bad("'" + setting + "' is no key=value");
            }
            if (settings.putIfAbsent(setting.substring(0, equals), setting.substring(equals + 1)) != null) {
                throw new ErrnoException(Errno.EEXIST, "setting '" + setting.substring(0, equals) + "' is given twice");
            }
        }
    }

    /** Settings that come from elsewhere, as if they stood behind a word. */
    CardLine(String word, Map<String, String> given) {
        this.word = word;
        this.name = Optional.empty();
        settings.putAll(given);
    }

    String word() {
        return word;
    }

    /** The name; EINVAL without one. */
    String name() {
        return name.orElseThrow(() -> bad("'" + word + "' needs a name behind it"));
    }

    void requireNoName() {
        name.ifPresent(found -> {
            throw bad("'" + found + "' is no key=value");
        });
    }

    /** Takes a setting that must be there; EINVAL. */
    String take(String key) {
        return find(key).orElseThrow(() -> bad("'" + word + "' needs " + key + "="));
    }

    Optional<String> find(String key) {
        return Optional.ofNullable(settings.remove(key));
    }

    /** A number, with K, M or G for powers of 1024 if {@code binary}, else of 1000. EINVAL for anything else. */
    Optional<Long> number(String key, boolean binary) {
        return find(key).map(text -> number(key, text, binary ? KIBI : KILO));
    }

    /** A number, in decimal or with {@code 0x}, that fits 32 bits. */
    Optional<Integer> integer(String key) {
        return find(key).map(text -> {
            try {
                long value = Long.decode(text);
                if (value >= Integer.MIN_VALUE && value <= 0xFFFF_FFFFL) {
                    return (int) value;
                }
            } catch (NumberFormatException e) {
                throw bad(key + "=" + text + " is no number", e);
            }
            throw bad(key + "=" + text + " is no 32-bit number");
        });
    }

    Optional<Boolean> flag(String key) {
        return find(key).map(text -> switch (text) {
            case "on" -> true;
            case "off" -> false;
            default -> throw bad(key + "=" + text + " is neither on nor off");
        });
    }

    Optional<Duration> millis(String key) {
        return find(key).map(text -> Duration.ofMillis(number(key, text, KILO)));
    }

    <T> Optional<T> find(String key, Function<String, T> reading) {
        return find(key).map(reading);
    }

    private static long number(String key, String text, long thousand) {
        int last = text.isEmpty() ? 0 : text.length() - 1;
        long unit = text.isEmpty() ? 1 : switch (text.charAt(last)) {
            case 'K' -> thousand;
            case 'M' -> thousand * thousand;
            case 'G' -> thousand * thousand * thousand;
            default -> 1;
        };
        try {
            return Math.multiplyExact(Long.parseLong(unit == 1 ? text : text.substring(0, last)), unit);
        } catch (NumberFormatException e) {
            throw bad(key + "=" + text + " is no number", e);
        } catch (ArithmeticException e) {
            throw bad(key + "=" + text + " is too large", e);
        }
    }

    /** EINVAL if a setting is left that nobody took. */
    void requireAllTaken() {
        if (!settings.isEmpty()) {
            throw bad("'" + word + "' has no setting " + String.join(", ", settings.keySet()));
        }
    }

    private static ErrnoException bad(String message) {
        return new ErrnoException(Errno.EINVAL, message);
    }

    private static ErrnoException bad(String message, RuntimeException cause) {
        return new ErrnoException(Errno.EINVAL, message, cause);
    }
}
