package io.erdma.tests.conformance.walk;

/** A walk met a mismatch, or something worse. */
final class WalkFailure extends AssertionError {
    private static final long serialVersionUID = 1;

    private final transient Setup setup;
    private final transient Script script;

    WalkFailure(Setup setup, long seed, Script script, Throwable cause) {
        super("%s verbs, seed %d, after %d steps: %s".formatted(setup.api(), seed, script.size(), cause), cause);
        this.setup = setup;
        this.script = script;
    }

    /** A script that fails too, none of whose steps can be left out. */
    Script shortest() {
        return Shrinker.shrink(script, shorter -> Walk.play(setup, shorter).isPresent());
    }

    /** The steps that were taken, the failing one last. */
    Script script() {
        return script;
    }
}
