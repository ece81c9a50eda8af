/* SPDX-License-Identifier: MIT */
/*
 * Three things are told, each as sure as it is known: where the child waits,
 * who had what it waits for, and that it waits for ever.
 */
#define _GNU_SOURCE
#include "told_hang.h"
#include "frames.h"
#include "wording.h"
#include "words.h"

#include <inttypes.h>
#include <string.h>

/* Where what has no name lies, if that says anything. */
static void say_memory(FILE *stream, const char *where)
{
	if (where == NULL)
		return;
	if (where[0] == '/')
		fprintf(stream, " in %s", last_part(where));
	else if (strcmp(where, "[heap]") == 0)
		fputs(" in allocated memory", stream);
}

void say_lock(FILE *stream, const struct hang *hang)
{
	const struct frame *lock = &hang->lock;
	const struct waited waited = frames_waited(&hang->stack);

	fprintf(stream, "for %s",
		hang->holder_is_certain ? "a lock" : waited.noun);
	if (lock->function != NULL)
		fprintf(stream, " (\"%s\" in %s)", lock->function,
			last_part(lock->module));
	else if (hang->holder_is_certain || waited.owner == OWNED)
		say_memory(stream, hang->where);
}

static void say_place(FILE *stream, const struct hang *hang)
{
	const struct frame *asking = asking_frame(&hang->stack);
	const struct frame *own = own_frame(&hang->stack);

	fputs("   ", stream);
	say_time(stream, hang->after_us);
	fputs(" after fork() it waits ", stream);
	say_lock(stream, hang);
	if (asking != NULL) {
		fputs(",\n   in ", stream);
		say_where(stream, asking);
	}
	if (own != asking) {
		fputs(", called by ", stream);
		say_where(stream, own);
	}
	fputs(".\n", stream);
}

static void say_holder(FILE *stream, const struct hang *hang)
{
	const struct bystander *holder = hang->holder;

	if (holder == NULL) {
		fputs("   Only another thread of its process could end that "
		      "wait. Its parent has such threads,\n   but fork() does "
		      "not copy them.",
		      stream);
		return;
	}
	fprintf(stream, "   At the fork, thread \"%s\" (%d) of its parent ",
		holder->name, (int)holder->tid);
	if (hang->holder_is_certain)
		fputs("held that lock; it was\n   ", stream);
	else
		fprintf(stream,
			"was inside\n   %s(), so it most likely held that "
			"lock; it was\n   ",
			asking_frame(&hang->stack)->function);
	say_doing(stream, holder);
	fputs(".\n   fork() copied the lock, but not that thread: nobody in "
	      "the child can release it.",
	      stream);
}

static void say_verdict(FILE *stream, const struct hang *hang)
{
	fputs(" The child waits for ever", stream);
	if (hang->has_handlers && !hang->holder_is_certain &&
	    frames_waited(&hang->stack).owner != OWNED)
		fputs(",\n   unless one of its signal handlers ends that wait",
		      stream);
	if (hang->was_killed)
		fputs(": it was killed (--kill-hung)", stream);
	if (hang->ended_by != 0) {
		fputs(": only ", stream);
		say_signal(stream, hang->ended_by);
		fputs(" ended it", stream);
	}
	fputs(".\n", stream);
}

void say_hang(FILE *stream, const struct hang *hang)
{
	say_place(stream, hang);
	say_holder(stream, hang);
	say_verdict(stream, hang);
	fputs("   Its stack:\n", stream);
	say_stack(stream, &hang->stack, NULL, "      ");
}
