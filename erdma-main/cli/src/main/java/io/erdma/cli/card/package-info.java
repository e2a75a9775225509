/** What the subcommands share: the card that the command line describes, its hosts, who plays which part, a connection, tables. */
@NullMarked
package io.erdma.cli.card;

import org.jspecify.annotations.NullMarked;
