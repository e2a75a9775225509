package io.erdma.qp;

/**
 * Who owns a QP's connection: the connection manager's end point. It is told once, by the thread that moved the QP, with no lock held; then the QP
 * has forgotten it.
 */
public interface ConnectionOwner {
    /** The QP has left RTS: report CLOSE and close the stream, which is what tells the peer (kernel: {@code erdma_qp_cm_drop}). */
    void qpLeftRts();

    /** The QP went to ERROR before it was ever connected: let go of it (kernel: {@code erdma_cep_put}). */
    void qpFailedBeforeRts();
}
