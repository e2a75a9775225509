package io.erdma.provider;

import io.erdma.core.verbs.AsyncEventType;

/** Something that happened to an object or to the device (libibverbs: {@code ibv_async_event}). It need not be acknowledged. */
public sealed interface AsyncEvent {
    /** What happened. */
    AsyncEventType type();

    /** It happened to a QP. */
    record OfQueuePair(AsyncEventType type, QueuePair queuePair) implements AsyncEvent {}

    /** It happened to a CQ. */
    record OfCompletionQueue(AsyncEventType type, CompletionQueue completionQueue) implements AsyncEvent {}

    /** It happened to a port, from 1. */
    record OfPort(AsyncEventType type, int port) implements AsyncEvent {}

    /** It happened to the device. */
    record OfDevice(AsyncEventType type) implements AsyncEvent {}
}
