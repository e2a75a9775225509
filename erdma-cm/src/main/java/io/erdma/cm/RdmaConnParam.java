package io.erdma.cm;

/**
 * What an id is connected with (librdmacm: {@code struct rdma_conn_param}). The QP is named by its number on the id's device, so it may be one of kernel
 * or of user verbs. Immutable; values are checked where they are used.
 */
public final class RdmaConnParam {
    private final int qpn;
    private final int responderResources;
    private final int initiatorDepth;
    private final byte[] privateData;

    private RdmaConnParam(int qpn, int responderResources, int initiatorDepth, byte[] privateData) {
        this.qpn = qpn;
        this.responderResources = responderResources;
        this.initiatorDepth = initiatorDepth;
        this.privateData = privateData;
    }

    /** For a QP: one READ or atomic in flight either way, no private data. */
    public static RdmaConnParam qp(int qpn) {
        return new RdmaConnParam(qpn, 1, 1, new byte[0]);
    }

    /** For another QP. */
    public RdmaConnParam withQpn(int number) {
        return new RdmaConnParam(number, responderResources, initiatorDepth, privateData);
    }

    /** With so many READs and atomics in flight towards the QP (IRD). */
    public RdmaConnParam withResponderResources(int count) {
        return new RdmaConnParam(qpn, count, initiatorDepth, privateData);
    }

    /** With so many READs and atomics in flight from the QP (ORD). */
    public RdmaConnParam withInitiatorDepth(int count) {
        return new RdmaConnParam(qpn, responderResources, count, privateData);
    }

    /** With data for the peer's consumer, at most 255 bytes. */
    public RdmaConnParam withPrivateData(byte... data) {
        return new RdmaConnParam(qpn, responderResources, initiatorDepth, data.clone());
    }

    /** Number of the QP. */
    public int qpn() { return qpn; }

    /** IRD. */
    public int responderResources() { return responderResources; }

    /** ORD. */
    public int initiatorDepth() { return initiatorDepth; }

    /** A copy of the private data. */
    public byte[] privateData() { return privateData.clone(); }
}
