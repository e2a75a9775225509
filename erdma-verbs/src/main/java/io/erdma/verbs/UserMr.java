package io.erdma.verbs;

/**
 * A memory region as a user program gets it (uverbs: {@code ib_uverbs_reg_mr_resp}).
 *
 * @param handle for deregistration
 * @param lkey key for the own side's elements
 * @param rkey key for peers
 */
public record UserMr(int handle, int lkey, int rkey) {}
