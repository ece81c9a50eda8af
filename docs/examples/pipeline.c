/* SPDX-License-Identifier: MIT */
/*
 * pipeline FILE: the ten most frequent words of a text, as the shell has it:
 *
 *	tr -cs A-Za-z '\n' <FILE | sort | uniq -c | sort -rn | head -n10
 */
#include <fcntl.h>
#include <libspawn.h>
#include <stdio.h>

enum { STAGES = 5 };

/* argv points to characters that could be written to, as execve() has it. */
static char tr[] = "tr", sort[] = "sort", uniq[] = "uniq", head[] = "head";
static char others_squeezed[] = "-cs", letters[] = "A-Za-z", line[] = "\n";
static char count[] = "-c", reverse[] = "-rn", first_ten[] = "-n10";

static char *const words[] = { tr, others_squeezed, letters, line, NULL };
static char *const sorted[] = { sort, NULL };
static char *const counted[] = { uniq, count, NULL };
static char *const by_number[] = { sort, reverse, NULL };
static char *const ten[] = { head, first_ten, NULL };

static void explain_failure(const struct libspawn_stage *stages,
			    const struct libspawn_error *error)
{
	const struct libspawn_stage *stage = &stages[error->stage];
	char text[256];

	libspawn_explain(text, sizeof text, error, stage->program, stage->argv,
			 stage->options);
	fprintf(stderr, "pipeline: stage %u: %s\n", (unsigned)error->stage,
		text);
}

/* Each is a child of this process. As in a shell, the last one decides. */
static int wait_for_all(struct libspawn_process *processes)
{
	struct libspawn_status status;
	int failed = 0;

	for (int n = 0; n < STAGES; n++) {
		libspawn_wait(&processes[n], LIBSPAWN_FOREVER, &status);
		failed = status.end != LIBSPAWN_END_EXITED || status.code != 0;
	}
	return failed;
}

int main(int argc, char *argv[])
{
	struct libspawn_fd input = {
		.kind = LIBSPAWN_FD_OPEN,
		.path = argc > 1 ? argv[1] : "/dev/null",
		.open_flags = O_RDONLY,
	};
	struct libspawn_options others = {
		.size = sizeof others,
		.search = LIBSPAWN_SEARCH_PARENT_PATH,
	};
	struct libspawn_options first = others;
	struct libspawn_stage stages[STAGES] = {
		{ .program = "tr", .argv = words, .options = &first },
		{ .program = "sort", .argv = sorted, .options = &others },
		{ .program = "uniq", .argv = counted, .options = &others },
		{ .program = "sort", .argv = by_number, .options = &others },
		{ .program = "head", .argv = ten, .options = &others },
	};
	struct libspawn_process processes[STAGES];
	struct libspawn_error error;

	first.fds = &input;
	first.fd_count = 1;
	if (libspawn_start_pipeline(processes, stages, STAGES, 0, &error)) {
		explain_failure(stages, &error);
		return 1;
	}
	return wait_for_all(processes);
}
