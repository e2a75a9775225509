package io.erdma.verbs;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a user context has made, by handle (kernel: {@code ib_uverbs_file.idr}). Handles are numbers of the device, given out once, so that one that is stale
 * or another context's finds nothing. Thread-safe.
 */
final class UserObjects {
    private final AtomicInteger handles;
    private final Map<Integer, Object> objects = new ConcurrentHashMap<>();

    /** @param handles the last handle that was given out on the device */
    UserObjects(AtomicInteger handles) {
        this.handles = handles;
    }

    /** The next handle, from 1: 0 and those below never are one. It finds nothing yet. */
    int next() {
        int handle;
        do {
            handle = handles.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
        } while (objects.containsKey(handle)); // after a wrap: an object must not lose its handle to another
        return handle;
    }

    /** From now on the handle finds the object. */
    void put(int handle, Object object) {
        objects.put(handle, object);
    }

    /** The object of a handle. ENOENT: it is stale, another context's, or of another kind. */
    <T> T find(int handle, Class<T> kind) {
        Object object = objects.get(handle);
        if (!kind.isInstance(object)) {
            throw new ErrnoException(Errno.ENOENT, "handle " + handle + " is no " + kind.getSimpleName()
                    + " of this context");
        }
        return kind.cast(object);
    }

    /** The handle finds nothing any more. */
    void remove(int handle) {
        objects.remove(handle);
    }

    /** All of a kind, in no order. */
    <T> List<T> all(Class<T> kind) {
        return objects.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Forgets them all. */
    void clear() {
        objects.clear();
    }

    /** How many there are. */
    int count() {
        return objects.size();
    }
}
