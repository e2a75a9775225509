package io.erdma.model.net;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.StreamObserver;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a stream's observer hears. */
final class Recorder implements StreamObserver {
    final List<String> heard = new ArrayList<>();

    @Override
    public void connected() {
        heard.add("connected");
    }

    @Override
    public void connectFailed(Errno reason) {
        heard.add("failed " + reason);
    }

    @Override
    public void readable() {
        heard.add("readable");
    }

    @Override
    public void peerClosed() {
        heard.add("peerClosed");
    }
}
