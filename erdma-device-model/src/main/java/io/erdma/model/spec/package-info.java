/** What a card is made of, as values: functions, ports, virtual networks, rules. Below everything else of the model. */
@NullMarked
package io.erdma.model.spec;

import org.jspecify.annotations.NullMarked;
