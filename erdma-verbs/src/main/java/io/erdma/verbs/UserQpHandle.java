package io.erdma.verbs;

import io.erdma.core.verbs.QpCapabilities;

/**
 * A QP as a user program gets it, beside the ABI's response (uverbs: {@code ib_uverbs_create_qp_resp}).
 *
 * @param handle its handle
 * @param capabilities its real sizes
 */
public record UserQpHandle(int handle, QpCapabilities capabilities) {}
