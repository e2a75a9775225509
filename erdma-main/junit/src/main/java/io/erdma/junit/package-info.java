/**
 * For tests that need RDMA: a JUnit Jupiter extension that gives a test a card with two connected hosts, and fails it if it leaves anything behind.
 *
 * <pre>{@code
 * @ErdmaTest
 * class MyProtocolTest {
 *     @Test
 *     void greets(ConnectedHosts hosts) {
 *         hosts.out().qp().postSend(...);
 *     }
 * }
 * }</pre>
 */
@NullMarked
package io.erdma.junit;

import org.jspecify.annotations.NullMarked;
