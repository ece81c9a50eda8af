/* SPDX-License-Identifier: MIT */
/* The same words for the same things, wherever they are told. */
#define _GNU_SOURCE
#include "wording.h"
#include "calls.h"
#include "frames.h"
#include "words.h"
#include "../names.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* As seen from the working directory. */
static const char *near_path(const char *path)
{
	static char here[PATH_SIZE];
	size_t length;

	if (here[0] == '\0' && getcwd(here, sizeof here) == NULL)
		return path;
	length = strlen(here);
	if (strncmp(path, here, length) == 0 && path[length] == '/')
		return path + length + 1;
	return path;
}

static const char *module_name(const struct frame *frame)
{
	return frame->module[0] == '\0' ? "code of no file"
					: last_part(frame->module);
}

/* A line of the C library's own source helps nobody. */
static bool has_line(const struct frame *frame)
{
	return frame->file != NULL && !frame_is_of_system(frame);
}

/* Of no file: a runtime has its own names, which need not be of functions. */
static void say_made(FILE *stream, const struct frame *frame)
{
	if (frame->function == NULL)
		fprintf(stream, "code made at run time, at 0x%" PRIx64,
			frame->address);
	else
		fprintf(stream, "%s, made at run time", frame->function);
}

void say_where(FILE *stream, const struct frame *frame)
{
	if (frame->module == NULL)
		say_made(stream, frame);
	else if (frame->function == NULL)
		fprintf(stream, "%s+0x%" PRIx64, module_name(frame),
			frame->offset);
	else if (has_line(frame))
		fprintf(stream, "%s() at %s:%d", frame->function,
			near_path(frame->file), frame->line);
	else
		fprintf(stream, "%s() in %s", frame->function,
			module_name(frame));
}

void say_stack(FILE *stream, const struct stack *stack,
	       const struct frame *first, const char *indent)
{
	const struct frame *frame = first != NULL ? first : stack->frames;

	for (; frame < stack->frames + stack->count; frame++) {
		if (frame_is_start(frame))
			break;
		fputs(indent, stream);
		say_where(stream, frame);
		fputs(frame->is_guess ? " (maybe)\n" : "\n", stream);
	}
}

void say_time(FILE *stream, int64_t microseconds)
{
	double time = (double)microseconds;

	if (time < 1e5)
		fprintf(stream, "%.1f ms", time / 1e3);
	else
		fprintf(stream, "%.1f s", time / 1e6);
}

static void say_waiting(FILE *stream, const struct call *call)
{
	const char *name = call_name(call->number);

	if (call->is_running)
		fputs("running", stream);
	else if (call->number == CALL_UNREADABLE)
		fputs("doing what can't be read", stream);
	else if (call_is_futex(call))
		fputs("waiting for a lock or another thread", stream);
	else if (name != NULL)
		fprintf(stream, "waiting in %s()", name);
	else
		fprintf(stream, "waiting in system call %ld", call->number);
}

/* What it asked the library for is told where the call does not say it. */
static void say_inside(FILE *stream, const struct bystander *one)
{
	const struct frame *asking = asking_frame(one->stack);
	const struct frame *own = own_frame(one->stack);

	if (asking == NULL)
		return;
	fputs(", in ", stream);
	if (asking != own &&
	    (one->call.is_running || call_is_futex(&one->call))) {
		say_where(stream, asking);
		fputs(" called by ", stream);
	}
	say_where(stream, own);
}

void say_doing(FILE *stream, const struct bystander *one)
{
	const struct frame *routine;

	say_waiting(stream, &one->call);
	if (one->stack == NULL)
		return;
	say_inside(stream, one);
	routine = start_frame(one->stack);
	if (routine != NULL && routine != own_frame(one->stack))
		fprintf(stream, "; its start function is %s()",
			routine->function);
}

void say_signal(FILE *stream, int number)
{
	const char *name = signal_name(number);

	if (name != NULL)
		fprintf(stream, "SIG%s", name);
	else
		fprintf(stream, "signal %d", number);
}
