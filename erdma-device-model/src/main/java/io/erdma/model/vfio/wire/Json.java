package io.erdma.model.vfio.wire;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON (RFC 8259), as far as capabilities need it: objects as maps, arrays as lists, strings, numbers as doubles, booleans, {@link #NULL}. */
public final class Json {
    /** The literal null. */
    public static final Object NULL = new Object();

    private static final int DEEPEST = 16;

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** The object that a text holds. EINVAL if it holds anything else, or more. */
    public static Map<?, ?> object(String text) {
        Json json = new Json(text);
        Object value = json.value(0);
        if (json.next() != '\0' || !(value instanceof Map<?, ?> object)) {
            throw json.malformed();
        }
        return object;
    }

    private ErrnoException malformed() {
        return new ErrnoException(Errno.EINVAL, "malformed JSON at character " + at);
    }

    /** The next character that is no blank; zero at the end. */
    private char next() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean take(char wanted) {
        boolean there = next() == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private void require(char wanted) {
        if (!take(wanted)) {
            throw malformed();
        }
    }

    private Object value(int depth) {
        if (depth > DEEPEST) {
            throw malformed();
        }
        return switch (next()) {
            case '{' -> members(depth);
            case '[' -> elements(depth);
            case '"' -> string();
            case 't' -> literal("true", true);
            case 'f' -> literal("false", false);
            case 'n' -> literal("null", NULL);
            default -> number();
        };
    }

    private Map<String, Object> members(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        require('{');
        if (take('}')) {
            return members;
        }
        do {
            next();
            String name = string();
            require(':');
            members.put(name, value(depth + 1));
        } while (take(','));
        require('}');
        return members;
    }

    private List<Object> elements(int depth) {
        List<Object> elements = new ArrayList<>();
        require('[');
        if (take(']')) {
            return elements;
        }
        do {
            elements.add(value(depth + 1));
        } while (take(','));
        require(']');
        return elements;
    }

    private Object literal(String name, Object value) {
        if (!text.startsWith(name, at)) {
            throw malformed();
        }
        at += name.length();
        return value;
    }

    private Double number() {
        int from = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Double.valueOf(text.substring(from, at));
        } catch (NumberFormatException e) {
            throw malformed();
        }
    }

    private String string() {
        require('"');
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return string.toString();
            }
            string.append(c == '\\' ? escaped() : c);
        }
        throw malformed();
    }

    private char escaped() {
        char c = at < text.length() ? text.charAt(at++) : '\0';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw malformed();
        };
    }

    private char unicode() {
        try {
            char c = (char) Integer.parseUnsignedInt(text, at, at + 4, 16);
            at += 4;
            return c;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw malformed();
        }
    }
}
