package io.erdma.verbs;

/**
 * A user context at one moment.
 *
 * @param process name of the program
 * @param pds its PDs
 * @param mrs its MRs
 * @param channels its completion channels
 * @param cqs its CQs
 * @param qps its QPs
 * @param recordPages pages of its memory that are mapped for doorbell records
 */
public record UserContextSnapshot(String process, int pds, int mrs, int channels, int cqs, int qps,
        int recordPages) {}
