package io.erdma.core.verbs;

/**
 * Sizes of a QP (libibverbs: {@code ibv_qp_cap}).
 *
 * @param maxSendWr outstanding send requests
 * @param maxRecvWr outstanding receive requests
 * @param maxSendSge elements of a send request
 * @param maxRecvSge elements of a receive request
 * @param maxInlineData inline bytes of a send request
 */
public record QpCapabilities(int maxSendWr, int maxRecvWr, int maxSendSge, int maxRecvSge, int maxInlineData) {}
