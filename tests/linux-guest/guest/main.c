/* erdma-verify: the command line. */
#include "verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: erdma-verify [-p PORT] [-s BYTES] [-v VECTOR] [-e] [-H]            serves one client\n"
			"       erdma-verify [-p PORT] [-v VECTOR] [-e] [-H] [-w] ADDRESS   does the checks\n"
			"  -s  the server's memory (9 MiB)     -v  completion vector (0)     -e  wait for completion events\n"
			"  -H  allow huge pages                -w  only the whole memory once, by WRITE and by READ\n");
	exit(2);
}

int main(int count, char **arguments)
{
	struct options options = { .port = "7471", .size = 9 << 20 };
	int option;
	while ((option = getopt(count, arguments, "p:s:v:eHw")) != -1) {
		switch (option) {
		case 'p': options.port = optarg; break;
		case 's': options.size = strtoull(optarg, NULL, 0); break;
		case 'v': options.vector = atoi(optarg); break;
		case 'e': options.events = true; break;
		case 'H': options.huge = true; break;
		case 'w': options.only_fill = true; break;
		default: usage();
		}
	}
	if (optind + 1 < count)
		usage();
	options.address = optind < count ? arguments[optind] : NULL;
	if (options.address)
		check(&options);
	else
		serve(&options);
	return 0;
}
