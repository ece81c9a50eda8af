/* SPDX-License-Identifier: MIT */
/*
 * parallel PROGRAM...: start all of them at once, 63 at most, and tell of each
 * when it has ended. No other child of this program is touched.
 */
#include <libspawn.h>
#include <stdio.h>

enum { MOST = 64 };

int main(int argc, char *argv[])
{
	struct libspawn_options options = {
		.size = sizeof options,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_process children[MOST];
	struct libspawn_process *started[MOST] = { NULL };
	struct libspawn_status status;
	size_t next = 0;
	int n;

	if (argc > MOST) {
		fprintf(stderr, "parallel: more than %d programs\n", MOST - 1);
		return 2;
	}
	for (n = 1; n < argc; n++) {
		char *words[] = { argv[n], NULL };

		if (libspawn_start(&children[n], argv[n], words, &options,
				   NULL) == 0)
			started[n] = &children[n];
	}
	/* Those that did not start are NULL, and passed over. */
	while (libspawn_wait_any(started, MOST, LIBSPAWN_FOREVER, &next,
				 &status) == 0) {
		printf("%s: %d\n", argv[next], status.code);
		next++;
	}
	return 0;
}
