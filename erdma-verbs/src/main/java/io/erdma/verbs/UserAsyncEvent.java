package io.erdma.verbs;

import io.erdma.core.verbs.AsyncEventType;

/**
 * An asynchronous event as a user program gets it (uverbs: {@code ib_uverbs_async_event_desc}).
 *
 * @param type what happened
 * @param element to whom: the handle of a QP or CQ, the number of a port, 0 for the device
 */
public record UserAsyncEvent(AsyncEventType type, int element) {}
