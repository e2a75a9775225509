/** What a card can do and how it decides where nobody prescribes it, as data that tests ask. */
@NullMarked
package io.erdma.model.profile;

import org.jspecify.annotations.NullMarked;
