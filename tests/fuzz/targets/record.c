/* SPDX-License-Identifier: MIT */
/*
 * What a child tells by its pipe, as records of any content and length: it is
 * read to its end, no operation is named that is not there, and no signal goes
 * to anybody but what stops.
 */
#define _GNU_SOURCE
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "backend/judge.h"
#include "deadline.h"

/* No process has it: pid_max is 2^22 at most. */
enum { NOBODY = 0x7ffffff0 };

static struct op *make_ops(uint32_t count)
{
	struct op *ops = calloc(count, sizeof *ops);

	DEMAND(ops);
	for (uint32_t n = 0; n < count; n++)
		ops[n].kind = OP_EXEC;
	return ops;
}

static void tell(int fd, struct input *input)
{
	char bytes[16 * sizeof(struct report)];
	size_t size = input->left < sizeof bytes ? input->left : sizeof bytes;

	input_take(input, bytes, size);
	DEMAND(write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

static void check_outcome(const struct outcome *outcome,
			  const struct plan *plan)
{
	DEMAND(outcome->kind == OUTCOME_STARTED ||
	       outcome->kind == OUTCOME_FAILED ||
	       outcome->kind == OUTCOME_DIED);
	if (outcome->kind == OUTCOME_STARTED)
		return;
	DEMAND(outcome->code > 0);
	DEMAND(outcome->kind != OUTCOME_FAILED || outcome->op >= 0);
	/* As src/start/story.c finds the option. */
	if (outcome->op >= 0)
		DEMAND(plan->ops[outcome->op].kind == OP_EXEC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint32_t op_count = 1u + input_byte(&input) % 8;
	struct op *ops = make_ops(op_count);
	struct plan plan = {
		.ops = ops,
		.op_count = op_count,
		.kinds = OP_BIT(OP_EXEC),
		.flags = input_byte(&input) & PLAN_DEATH_IS_START,
	};
	struct launch launch = { .plan = &plan, .occupied = 1, .pidfd = -1 };
	struct outcome outcome = { .op = -1 };
	struct report_pipe told = { .write_fd = -1 };
	int ends[2];

	launch.exit_signal = input_byte(&input) & 1 ? SIGCHLD : 0;
	DEMAND(pipe2(ends, O_CLOEXEC) == 0);
	tell(ends[1], &input);
	told.read_fd = ends[0];
	DEMAND(libspawn__report_await(&told, &launch, NOBODY, DEADLINE_NEVER) ==
	       0);
	libspawn__judge_child(&launch, NOBODY, &outcome);
	check_outcome(&outcome, &plan);
	libspawn__report_close(&told);
	free(ops);
	return 0;
}
