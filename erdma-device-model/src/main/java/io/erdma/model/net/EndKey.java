package io.erdma.model.net;

/** The 4-tuple of a connection as one end sees it. */
record EndKey(int local, int localPort, int remote, int remotePort) {
    /** The same as the other end sees it. */
    EndKey mirrored() {
        return new EndKey(/* local= */ remote, /* localPort= */ remotePort, /* remote= */ local,
                /* remotePort= */ localPort);
    }
}
