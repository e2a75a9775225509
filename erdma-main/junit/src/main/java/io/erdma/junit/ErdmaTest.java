package io.erdma.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that may have parameters of the types {@link ConnectedHosts} and {@link io.erdma.model.Moc}. Each test has a card of its own, made when it is first
 * asked for. On a method it overrides what its class says.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.TYPE, ElementType.METHOD })
@ExtendWith(ErdmaExtension.class)
public @interface ErdmaTest {
    /** Threads that run the card's engines, 0–64; with 0 the thread that rings a doorbell does the card's work, deterministically. */
    int engineThreads() default 0;

    /** Whether each DMA object has an arena of its own, so that every use after free is noticed; slower. */
    boolean strict() default true;
}
