package io.erdma.verbs;

import io.erdma.core.verbs.QpCapabilities;
import io.erdma.core.verbs.QpType;

/**
 * What a user program's QP is made with, beside the ABI's request (uverbs: {@code ib_uverbs_create_qp}).
 *
 * @param pd handle of its PD
 * @param sendCq handle of the CQ of send completions, 0 for none
 * @param receiveCq handle of the CQ of receive completions, 0 for none
 * @param capabilities sizes
 * @param type transport service
 */
public record UserQpInit(int pd, int sendCq, int receiveCq, QpCapabilities capabilities, QpType type) {}
