package io.erdma.tests.conformance.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test of one or several rows of a suite. It runs once for each {@link Api} and {@link Mode}, and may take a {@link Lab}. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(RowExtension.class)
public @interface Row {
    /** google/rdma-unit-test. */
    String RDMA_UNIT_TEST = "rdma-unit-test";
    /** The tests of rdma-core. */
    String PYVERBS = "pyverbs";

    /** The rows, each by its full name. */
    String[] value();

    /** Where the rows are from. */
    String suite() default RDMA_UNIT_TEST;

    /** What the test looks at. */
    Asserted[] asserts();

    /** The APIs that can reach the rows; for the other one the rows are n/a. */
    Api[] apis() default { Api.KERNEL, Api.USER };

    /** Why the other API can't. */
    String otherwise() default "";
}
