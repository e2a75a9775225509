package io.erdma.tests.conformance.walk;

import java.util.List;

/** What a step can do. A step's parameters stand in this order; {@code id} is the number by which later steps name what is made. */
enum Verb {
    ALLOC_PD(3, "id side"),
    DEALLOC_PD(3, "pd"),
    /** Shift 0: under its own address; 1: under another one; 2: under one that agrees with no page. */
    REG_MR(14, "id pd at bytes access shift"),
    /** Kernel verbs alone: all memory, by device address. */
    DMA_MR(3, "id pd access"),
    DEREG_MR(3, "mr"),
    QUERY_MR(3, "mr"),
    CREATE_CHANNEL(2, "id side"),
    DESTROY_CHANNEL(2, "channel"),
    /** Channel 0: none. An eager CQ is polled after every step, others by {@link #POLL} alone. */
    CREATE_CQ(6, "id side entries channel vector eager"),
    DESTROY_CQ(4, "cq"),
    CREATE_QP(16, "id pd sends receives sendwr recvwr signalall"),
    DESTROY_QP(10, "qp"),
    CONNECT(40, "qp peer"),
    DISCONNECT(1, "qp"),
    MODIFY_ERR(1, "qp"),
    /** To any state, by its number. */
    MODIFY(2, "qp state"),
    QUERY_QP(4, "qp"),
    RECV(140, "qp wr mr at bytes twist"),
    SEND(50, Verb.REQUEST),
    SEND_IMM(40, Verb.REQUEST),
    SEND_INV(1, Verb.REQUEST),
    SEND_INLINE(40, Verb.REQUEST),
    WRITE(50, Verb.REQUEST),
    WRITE_INLINE(30, Verb.REQUEST),
    WRITE_IMM(40, Verb.REQUEST),
    READ(50, Verb.REQUEST),
    CAS(30, Verb.REQUEST),
    FAA(30, Verb.REQUEST),
    /** So many WRITEs in one chain. */
    CHAIN(30, Verb.REQUEST + " count"),
    /** A malformed request, see {@link Requests#malformed}. */
    BAD_POST(8, "qp kind"),
    POLL(30, "cq max"),
    /** So often in a row. */
    ARM(8, "cq solicited times"),
    GET_EVENT(8, "channel"),
    ACK_EVENTS(6, "cq count"),
    /** What waits for time gets its turn. */
    ADVANCE_TIME(2, "micros"),
    /** A program writes into its memory. */
    FILL(10, "side at bytes seed");

    /** Of a send request. Mr and remote 0: none. */
    static final String REQUEST = "qp wr flags mr at bytes pieces remote rat value twist";

    private final int weight;
    private final List<String> parameters;

    Verb(int weight, String parameters) {
        this.weight = weight;
        this.parameters = List.of(parameters.split(" "));
    }

    /** How often it is chosen, as against the others. */
    int weight() {
        return weight;
    }

    List<String> parameters() {
        return parameters;
    }

    /** Whether it is one send request, or a chain of them. */
    boolean isSend() {
        return compareTo(SEND) >= 0 && compareTo(CHAIN) <= 0;
    }
}
