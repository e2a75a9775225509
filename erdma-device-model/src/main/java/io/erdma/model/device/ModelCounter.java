package io.erdma.model.device;

/** What a function counts beside the statistics that its driver can ask for. */
public enum ModelCounter {
    /** Accesses to a BAR where there is no register, or of a width that the register does not have. */
    UNKNOWN_ACCESSES("BAR accesses that mean nothing"),
    /** Doorbells with a number that does not exist, or in the page of another context. */
    FOREIGN_DOORBELLS("doorbells of unknown queues or in foreign pages"),
    /** Doorbells whose index can't be, or is behind. */
    IGNORED_DOORBELLS("doorbells with an index that says nothing new"),
    /** Arms that repeat an arm, or that come before the last event was taken. */
    STALE_ARMS("stale arms of completion queues"),
    /** Commands taken. */
    COMMANDS("commands taken"),
    /** Commands refused. */
    REFUSED_COMMANDS("commands refused"),
    /** INIT with queues that can't be. */
    REFUSED_INITS("initialisations refused"),
    /** Accesses to host memory that is not there (any more). */
    DMA_ERRORS("DMA errors"),
    /** Send queue entries that are malformed. */
    BAD_SQES("malformed send queue entries"),
    /** Events kept back for lack of room. */
    EVENTS_KEPT_BACK("events kept back as an event queue was full"),
    /** Completions that found their completion queue full (and checked) or stopped. */
    LOST_COMPLETIONS("completions without room"),
    /** Interrupts raised. */
    INTERRUPTS("interrupts raised"),
    /** Terminate messages sent. */
    TERMINATES("streams terminated by the responder"),
    /** Faults of the plan that struck in the model. */
    FAULTS("planned faults that struck");

    private final String description;

    ModelCounter(String description) {
        this.description = description;
    }

    /** For people. */
    public String description() {
        return description;
    }
}
