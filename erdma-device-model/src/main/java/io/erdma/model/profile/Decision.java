package io.erdma.model.profile;

/**
 * Where no public source says what the hardware does: what this model, or the driver on it, does, and why. Each stands for rows marked D of the outside
 * conformance suites.
 */
public enum Decision {
    /** An inline flag on a READ or atomic. */
    INLINE_FLAG_WITHOUT_PAYLOAD(Outcome.SUCCESS, "the flag is ignored: the elements are where the result goes",
            "both reference drivers look at the flag only where there is a payload"),
    /** SEND_WITH_INV of a key of another PD. */
    INVALIDATE_OF_ANOTHER_PD(Outcome.GENERAL_ERROR, "refused; no receive is taken, the key stays valid",
            "fast-register regions belong to a PD, not to a QP (RFC 5040 terminate code 9 has no completion code)"),
    /** SEND_WITH_INV of a key that no SEND may invalidate, or of none. */
    INVALIDATE_OF_WHAT_CANNOT_BE(Outcome.GENERAL_ERROR, "refused; no receive is taken",
            "only fast-register regions may be invalidated; terminate code 9 has no completion code"),
    /** A message that is longer than its receive, at both ends. */
    TOO_SMALL_RECEIVE(Outcome.GENERAL_ERROR, "both requests fail, no byte is written",
            "the device has no code for a length; DDP terminates the stream (untagged, code 5)"),
    /** No receive for a message. */
    NO_RECEIVE(Outcome.GENERAL_ERROR, "the stream ends at once",
            "iWARP has no receiver-not-ready; DDP terminates the stream (untagged, code 2)"),
    /** What a sender learns of a receive whose element is at fault. */
    BAD_RECEIVE_AT_SENDER(Outcome.GENERAL_ERROR, "the sender's request fails, though it did nothing wrong",
            "the stream ends under it; the receiver's own completion names the fault"),
    /** A receive that is longer than its region, for a message that fits. */
    RECEIVE_BEYOND_REGION(Outcome.SUCCESS, "only the bytes of the message are checked",
            "the bytes beyond are never touched, and RFC 5041 checks what a segment places"),
    /** Both keys of a READ, WRITE or atomic are bad. */
    BOTH_KEYS_BAD(Outcome.LOCAL_ACCESS_ERROR, "the own key is looked at first; the peer hears of nothing",
            "a requester checks before it sends"),
    /** A peer's memory refuses a READ or atomic, or a WRITE. */
    REFUSED_BY_PEER(Outcome.REMOTE_ACCESS_ERROR, "the request completes with the reason, WRITEs too",
            "the peer is on the same card, so the Terminate comes before the completion; a program sees the most it could"),
    /** An atomic with more room than 8 bytes. */
    ATOMIC_WITH_LARGER_ELEMENT(Outcome.SUCCESS, "8 bytes are written, those behind stay",
            "the reference drivers pass the length on, and the interface gives it no meaning"),
    /** An atomic with several elements. */
    ATOMIC_WITH_SEVERAL_ELEMENTS(Outcome.LOCAL_ACCESS_ERROR,
            "the first element alone counts; too short for 8 bytes it is an error",
            "both reference drivers pass only the first"),
    /** An atomic on an address that is no multiple of 8. */
    UNALIGNED_ATOMIC(Outcome.REMOTE_ACCESS_ERROR, "refused, neither side changes", "RFC 7306 §5.1.1 wants a Terminate"),
    /** A READ or WRITE of no bytes with any key. */
    ZERO_BYTES_WITH_BAD_KEY(Outcome.SUCCESS, "no key and no address is looked at",
            "RFC 5041 §7.1 exempts empty segments"),
    /** A post to a send queue before the QP is in RTS. */
    SEND_BEFORE_RTS(Outcome.DEFERRED, "it waits in the ring until RTS",
            "neither the driver nor the interface checks states at a post"),
    /** A post when the QP is in a state in which libibverbs' documentation refuses it. */
    POST_IN_WRONG_STATE(Outcome.DEFERRED, "taken; flushed if the QP ends", "as above"),
    /** A modify with a state that needs more attributes than were given, or fewer. */
    MODIFY_MASKS(Outcome.NO_EFFECT, "only state and port are looked at",
            "iWARP's attributes come from the connection manager"),
    /** A modify of what peers may do with a QP. */
    QP_ACCESS_FLAGS(Outcome.NO_EFFECT, "a QP has no rights of its own: those of the region decide",
            "no command carries them, and the reference driver reports fixed ones"),
    /** A modify to RTS without a connection. */
    MODIFY_TO_RTS(Outcome.REFUSED_EINVAL, "the connection manager alone moves a QP to RTS", "iWARP needs a stream"),
    /** A modify from RTS to RTR, from ERR to anything, or from INIT to RTR or RESET. */
    MODIFY_WITHOUT_TRANSITION(Outcome.NO_EFFECT, "succeeds, and the state stays", "as the reference's state machine"),
    /** A QP by the extended call, without extended attributes. */
    EXTENDED_QP(Outcome.SUCCESS, "as by the plain call",
            "the reference provider has the plain call alone; nothing extended is asked for"),
    /** A registration by the extended call, of address, length and rights. */
    EXTENDED_REGISTRATION(Outcome.SUCCESS, "as by the plain call",
            "the reference provider has the plain call alone; descriptors of files, and handles, are not there"),
    /** The speed of a port as one number. */
    PORT_SPEED(Outcome.SUCCESS, "the product of speed and width, which is the netdev's or the next above",
            "the reference driver has no call for it, and takes speed and width from the netdev"),
    /** More completions than a CQ holds, none of them polled. */
    CQ_OVERFLOW(Outcome.OVERWRITTEN, "the ring is written on",
            "polling tells the device nothing, so it can't know that a CQ is full"),
    /** What a responder's program hears of a violation, of a READ too. */
    VIOLATION_AT_RESPONDER(Outcome.FATAL_EVENT, "QP_FATAL", "the reference driver reports every event of a QP so"),
    /** A query of a QP that the device ended by itself. */
    QUERY_AFTER_DEVICE_ERROR(Outcome.NO_EFFECT, "RTS, until the connection goes or ERR is asked for",
            "a query reports the driver's state machine, which events do not move"),
    /** An opcode of a feature that the card does not have. */
    OPCODE_WITHOUT_FEATURE(Outcome.BAD_REQUEST, "a malformed request", "an older card does not know the opcode"),
    /** A QP without a CQ. */
    QP_WITHOUT_CQ(Outcome.REFUSED_EOPNOTSUPP, "refused", "as the reference driver");

    private final Outcome outcome;
    private final String what;
    private final String why;

    Decision(Outcome outcome, String what, String why) {
        this.outcome = outcome;
        this.what = what;
        this.why = why;
    }

    /** What comes of it. */
    public Outcome outcome() {
        return outcome;
    }

    /** The same for people. */
    public String what() {
        return what;
    }

    /** Why. */
    public String why() {
        return why;
    }
}
