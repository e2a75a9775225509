package io.erdma.tests.conformance.walk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTest {
    @ParameterizedTest
    @EnumSource
    void aStep_isReadAsItWasWritten(Verb verb) {
        Step step = new Step(verb, LongStream.range(0, verb.parameters().size()).map(i -> 7 * i - 3).toArray());

        assertThat(Step.parse(step.toString())).isEqualTo(step);
        assertThat(step.get(verb.parameters().getFirst())).isEqualTo(-3);
    }

    @Test
    void aScript_isReadAsItWasWritten_withoutCommentsAndEmptyLines() {
        Script script = new Script(List.of(Step.of(Verb.ALLOC_PD, 1, 0), Step.of(Verb.DEALLOC_PD, 1)));

        assertThat(script).hasToString("ALLOC_PD id=1 side=0\nDEALLOC_PD pd=1");
        assertThat(Script.parse("# two steps\n\n  " + script + "\n")).isEqualTo(script);
    }

    @ParameterizedTest
    @ValueSource(
            strings = { "ALLOC", "ALLOC_PD", "ALLOC_PD id=1", "ALLOC_PD id=1 side=0 more=2", "ALLOC_PD side=0 id=1",
                "ALLOC_PD id=1 side=x" })
    void aLine_thatIsNoStep_isRefused(String line) {
        assertThatIllegalArgumentException().isThrownBy(() -> Script.parse(line));
    }

    @Test
    void aFailingScript_isCutDownToTheStepsThatMatter() {
        List<Step> steps = IntStream.range(0, 300).mapToObj(i -> Step.of(Verb.QUERY_QP, i)).toList();
        List<Step> needed = Arrays.asList(steps.get(3), steps.get(150), steps.get(151), steps.get(299));

        Script shortest = Shrinker.shrink(new Script(steps), script -> script.steps().containsAll(needed));

        assertThat(shortest.steps()).isEqualTo(needed);
    }

    @Test
    void aScript_thatFailsWhateverIsInIt_isCutDownToNothing() {
        List<Step> steps = IntStream.range(0, 37).mapToObj(i -> Step.of(Verb.QUERY_QP, i)).toList();

        assertThat(Shrinker.shrink(new Script(steps), script -> true).steps()).isEmpty();
    }
}
