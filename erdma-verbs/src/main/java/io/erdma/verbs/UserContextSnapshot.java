package io.erdma.verbs;

/**
 * A user context at one moment.
 *
 * @param process name of the program
 * @param pds its PDs
 * @param mrs its MRs
 */
public record UserContextSnapshot(String process, int pds, int mrs) {}
