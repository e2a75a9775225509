package io.erdma.verbs;

/**
 * A PD at one moment.
 *
 * @param pdn its number
 * @param users MRs and QPs in it
 */
public record PdSnapshot(int pdn, int users) {}
