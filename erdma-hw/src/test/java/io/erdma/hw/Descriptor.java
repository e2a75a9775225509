package io.erdma.hw;

import io.erdma.hw.cmd.CommandResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The accessors of one descriptor class, found by their shape, so that a new one cannot be forgotten.
 *
 * <ul>
 * <li>{@code x(segment, offset)} and {@code setX(segment, offset, value)}: field {@code x};
 * <li>{@code x(segment, offset, index)} and {@code setX(segment, offset, index, value)}: fields {@code x[index]};
 * <li>{@code setAny(segment, offset, a, b, …)}: sets fields {@code a}, {@code b}, … together;
 * <li>{@code compose(a, b, …)} and {@code a(word)}: fields of a header, a doorbell or a response.
 * </ul>
 */
final class Descriptor {
    /** Not a descriptor, though it reads and writes memory. */
    private static final Set<Class<?>> EXCLUDED = Set.of(Words.class);

    private final Class<?> type;
    private final List<Method> methods;

    Descriptor(Class<?> type) {
        this.type = type;
        this.methods = Arrays.stream(type.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && Modifier.isStatic(m.getModifiers())).toList();
    }

    /** All descriptors of the module, by simple name. */
    static Map<String, Descriptor> all() {
        Map<String, Descriptor> found = new TreeMap<>();
        for (Class<?> type : publicTypes()) {
            Descriptor descriptor = new Descriptor(type);
            if (!EXCLUDED.contains(type) && !descriptor.getters().isEmpty()) {
                found.put(type.getSimpleName(), descriptor);
            }
        }
        return found;
    }

    /** All public classes of the module. */
    static List<Class<?>> publicTypes() {
        try {
            Path root = Path.of(BitField.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            List<Class<?>> types = new ArrayList<>();
            try (Stream<Path> files = Files.walk(root.resolve(Path.of("io", "erdma", "hw")))) {
                for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    String name = root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), ".");
                    Class<?> type = Class.forName(name.substring(0, name.length() - ".class".length()));
                    if (Modifier.isPublic(type.getModifiers())) {
                        types.add(type);
                    }
                }
            }
            return types;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException | ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    String name() {
        return type.getSimpleName();
    }

    boolean isCommand() {
        return type.getPackageName().endsWith(".cmd");
    }

    /** Names of all fields; indexed ones without an index. */
    Set<String> fields() {
        Set<String> names = new LinkedHashSet<>();
        getters().forEach(getter -> names.add(getter.getName()));
        return names;
    }

    /** Names of the fields that can be encoded, by {@code compose} or a setter. */
    Set<String> encodableFields() {
        Set<String> names = new LinkedHashSet<>();
        composer().forEach(compose -> names.addAll(parameterNames(compose, 0)));
        compositeSetters().forEach(setter -> names.addAll(parameterNames(setter, 2)));
        fields().stream().filter(field -> singleSetter(field).findAny().isPresent()).forEach(names::add);
        return names;
    }

    /** The descriptor with these fields, the others as in a zeroed one. Prefers the setters of single fields, or those of several. */
    byte[] encode(Map<String, Long> values, int bytes, boolean preferComposite) {
        MemorySegment memory = memory(bytes);
        Map<String, Long> all = decode(new byte[bytes]);
        all.putAll(values);
        Set<String> done = new LinkedHashSet<>();
        for (Method setter : compositeSetters()) {
            List<String> names = parameterNames(setter, 2);
            boolean singlesSuffice = names.stream().allMatch(name -> singleSetter(name).findAny().isPresent());
            if (preferComposite || !singlesSuffice) {
                List<Object> arguments = new ArrayList<>(List.of(memory, 0L));
                for (int i = 0; i < names.size(); i++) {
                    arguments.add(argument(setter.getParameterTypes()[i + 2], all.get(names.get(i))));
                }
                call(setter, arguments.toArray());
                done.addAll(names);
            }
        }
        composer().forEach(compose -> {
            List<String> names = parameterNames(compose, 0);
            Object[] arguments = new Object[names.size()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = argument(compose.getParameterTypes()[i], all.get(names.get(i)));
            }
            storeWord(memory, call(compose, arguments));
            done.addAll(names);
        });
        values.forEach((field, value) -> {
            if (!done.contains(field)) {
                set(memory, field, value);
            }
        });
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Sets one field by its setter. */
    void set(MemorySegment memory, String field, long value) {
        int bracket = field.indexOf('[');
        String plain = bracket < 0 ? field : field.substring(0, bracket);
        Method setter = singleSetter(plain).findAny()
                .orElseThrow(() -> new IllegalArgumentException("no setter for " + name() + "." + field));
        Class<?>[] types = setter.getParameterTypes();
        if (bracket < 0) {
            call(setter, memory, 0L, argument(types[2], value));
        } else {
            long index = Long.parseLong(field.substring(bracket + 1, field.length() - 1));
            call(setter, memory, 0L, argument(types[2], index), argument(types[3], value));
        }
    }

    /** Whether the field's setter takes greater values than the field can hold. */
    boolean canOverflow(String field, long max) {
        return singleSetter(field).map(setter -> setter.getParameterTypes()[2])
                .anyMatch(type -> type == long.class && max != -1 || type == int.class && max < 0xFFFF_FFFFL);
    }

    /** All fields; indexed ones as far as the descriptor's bytes go. */
    Map<String, Long> decode(byte[] bytes) {
        MemorySegment memory = memory(bytes.length);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        Map<String, Long> values = new LinkedHashMap<>();
        for (Method getter : getters()) {
            Class<?>[] types = getter.getParameterTypes();
            if (types.length == 1) {
                values.put(getter.getName(), value(call(getter, loadWord(memory, types[0]))));
            } else if (types.length == 2) {
                values.put(getter.getName(), value(call(getter, memory, 0L)));
            } else {
                decodeIndexed(getter, memory, values);
            }
        }
        return values;
    }

    private void decodeIndexed(Method getter, MemorySegment memory, Map<String, Long> values) {
        Class<?> indexType = getter.getParameterTypes()[2];
        long indices = indexType.isEnum() ? indexType.getEnumConstants().length : memory.byteSize() / Long.BYTES;
        for (long index = 0; index < indices; index++) {
            try {
                Object read = getter.invoke(null, memory, 0L, argument(indexType, index));
                values.put(getter.getName() + "[" + index + "]", value(read));
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof IndexOutOfBoundsException)) {
                    throw new IllegalStateException(e.getCause());
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private List<Method> getters() {
        return methods.stream().filter(m -> m.getReturnType().isPrimitive() && m.getReturnType() != void.class
                && !m.getName().equals("load") && !m.getName().equals("compose") && isGetter(m)).toList();
    }

    private boolean isGetter(Method method) {
        Class<?>[] types = method.getParameterTypes();
        if (types.length == 1) {
            return composer().anyMatch(compose -> compose.getReturnType() == types[0]);
        }
        boolean memory = types.length >= 2 && types[0] == MemorySegment.class && types[1] == long.class;
        return memory && (types.length == 2 || types.length == 3 && (types[2] == int.class || types[2].isEnum()));
    }

    private Stream<Method> composer() {
        return methods.stream().filter(m -> m.getName().equals("compose"));
    }

    private Stream<Method> singleSetter(String field) {
        return methods.stream().filter(m -> m.getName().equals(setterName(field))
                && (m.getParameterCount() == 3 || m.getParameterCount() == 4 && isIndexed(field)));
    }

    private List<Method> compositeSetters() {
        return methods.stream().filter(m -> m.getName().startsWith("set") && m.getParameterCount() > 3
                && fields().stream().filter(this::isIndexed).noneMatch(field -> m.getName().equals(setterName(field))))
                .toList();
    }

    private static String setterName(String field) {
        return "set" + Character.toUpperCase(field.charAt(0)) + field.substring(1);
    }

    private boolean isIndexed(String field) {
        return methods.stream().anyMatch(m -> m.getName().equals(field) && m.getParameterCount() == 3);
    }

    private static List<String> parameterNames(Method method, int from) {
        return Arrays.stream(method.getParameters()).skip(from).map(Parameter::getName).toList();
    }

    private void storeWord(MemorySegment memory, Object word) {
        if (word instanceof CommandResponse(long qword0, long qword1)) {
            Words.setLe64(memory, 0, qword0);
            Words.setLe64(memory, 8, qword1);
            return;
        }
        methods.stream().filter(m -> m.getName().equals("store")).findAny().ifPresentOrElse(
                store -> call(store, memory, 0L, word), () -> Words.setLe64(memory, 0, (long) word));
    }

    private Object loadWord(MemorySegment memory, Class<?> type) {
        if (type == CommandResponse.class) {
            return new CommandResponse(Words.le64(memory, 0), Words.le64(memory, 8));
        }
        return methods.stream().filter(m -> m.getName().equals("load")).findAny()
                .map(load -> call(load, memory, 0L)).orElseGet(() -> Words.le64(memory, 0));
    }

    private static MemorySegment memory(int bytes) {
        return MemorySegment.ofArray(new long[(bytes + Long.BYTES - 1) / Long.BYTES]).asSlice(0, bytes);
    }

    private static Object argument(Class<?> type, long value) {
        if (type == boolean.class) {
            return value != 0;
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[(int) value];
        }
        return type == int.class ? (Object) (int) value : (Object) value;
    }

    private static long value(Object read) {
        return switch (read) {
            case Boolean flag -> flag ? 1 : 0;
            case Integer word -> Integer.toUnsignedLong(word);
            case Long word -> word;
            default -> throw new IllegalStateException("neither a flag nor a word: " + read);
        };
    }

    private static Object call(Method method, Object... arguments) {
        try {
            return method.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
