/* SPDX-License-Identifier: MIT */
/*
 * The report as one reads it who has never heard of this: what is wrong, where,
 * with whom, what has come of it, and what to do.
 */
#define _GNU_SOURCE
#include "told_text.h"
#include "calls.h"
#include "told_hang.h"
#include "wording.h"
#include "words.h"

#include <string.h>

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static const char *program_name(const struct place *place)
{
	return place->program == NULL ? "a program" : last_part(place->program);
}

/* ---- Hung children ----------------------------------------------------- */

static bool tells_at_once(const struct watch *watch)
{
	return watch->settings.format != WATCH_JSON;
}

void text_hang_seen(const struct watch *watch, const struct place *place,
		    const struct hang *hang)
{
	FILE *stream = watch->settings.stream;

	if (!tells_at_once(watch))
		return;
	fprintf(stream, "spawn: a child of %s, process %d, hangs.\n",
		program_name(place), (int)hang->pid);
	say_hang(stream, hang);
	fflush(stream);
}

void text_hang_again(const struct watch *watch, const struct place *place,
		     const struct hang *hang, pid_t pid)
{
	FILE *stream = watch->settings.stream;

	if (!tells_at_once(watch))
		return;
	fprintf(stream,
		"spawn: a child of %s, process %d, hangs for the same reason "
		"as %d.\n",
		program_name(place), (int)pid, (int)hang->pid);
	fflush(stream);
}

/* ---- A place ----------------------------------------------------------- */

static void say_head(FILE *stream, const struct place *place)
{
	fprintf(stream, "%s (process %d) forked", program_name(place),
		(int)place->pid);
	if (place->forks > 1)
		fprintf(stream, " %u times", place->forks);
	fputs(" in ", stream);
	if (place->frame != NULL)
		say_where(stream, place->frame);
	else
		fputs("a place that can't be read", stream);
}

static bool is_alike(const struct bystander *a, const struct bystander *b)
{
	if (a->stack == NULL || b->stack == NULL ||
	    a->stack->count != b->stack->count ||
	    strcmp(a->name, b->name) != 0 ||
	    a->call.is_running != b->call.is_running)
		return false;
	for (unsigned i = 0; i < a->stack->count; i++)
		if (a->stack->frames[i].address != b->stack->frames[i].address)
			return false;
	return true;
}

/* How many, from there on, do the same: a pool of workers is one line. */
static size_t run_of(const struct bystanders *others, size_t first)
{
	size_t count = 1;

	while (first + count < others->count &&
	       is_alike(&others->all[first], &others->all[first + count]))
		count++;
	return count;
}

static void say_others(FILE *stream, const struct place *place)
{
	const struct bystanders *others = place->others;

	fprintf(stream,
		"   Thread \"%s\" called fork() and is the only one in the "
		"child. The other thread%s%s:\n",
		place->thread, plural(others->total),
		place->forks > 1 ? ", at the first of these forks" : "");
	for (size_t i = 0, run; i < others->count; i += run) {
		run = run_of(others, i);
		fputs("      ", stream);
		if (run > 1)
			fprintf(stream, "%zu threads like ", run);
		fprintf(stream, "\"%s\" (%d): ", others->all[i].name,
			(int)others->all[i].tid);
		say_doing(stream, &others->all[i]);
		fputc('\n', stream);
	}
	if (others->total > others->count)
		fprintf(stream, "      and %zu more\n",
			others->total - others->count);
}

static void say_tally(FILE *stream, const struct tally *tally, const char *what)
{
	if (tally->count == 0)
		return;
	fprintf(stream, "      %u %s, after ", tally->count, what);
	say_time(stream, tally->total_us / tally->count);
	if (tally->count > 1) {
		fputs(" on average and ", stream);
		say_time(stream, tally->most_us);
		fputs(" at most", stream);
	}
	fputc('\n', stream);
}

static void say_calls(FILE *stream, const struct place *place)
{
	const char *between = "";

	if (place->kinds_of_calls == 0)
		return;
	if (place->followed == 1)
		fputs("   System calls of the child: ", stream);
	else
		fprintf(stream, "   System calls of the first %u children: ",
			place->followed);
	for (unsigned i = 0; i < place->kinds_of_calls; i++) {
		const struct noted *call = &place->calls[i];
		const char *name = call_name(call->number);

		fputs(between, stream);
		if (name != NULL)
			fputs(name, stream);
		else
			fprintf(stream, "number %ld", call->number);
		if (call->count > 1)
			fprintf(stream, " (%u)", call->count);
		between = ", ";
	}
	fputc('\n', stream);
}

static void say_children(FILE *stream, const struct place *place)
{
	unsigned all = place->forks + place->descendants;
	unsigned gone = place->executed.count + place->ended.count +
			place->hung - place->recovered;

	fprintf(stream, "   What became of the %s:\n",
		all == 1 ? "child" : "children");
	say_tally(stream, &place->executed, "executed a program");
	say_tally(stream, &place->ended, "ended without executing a program");
	if (place->hung > 0)
		fprintf(stream, "      %u hung\n", place->hung);
	if (place->recovered > 0)
		fprintf(stream, "      %u of these went on after all\n",
			place->recovered);
	if (all > gone)
		fprintf(stream, "      %u ran on at the end\n", all - gone);
	if (place->descendants > 0)
		fprintf(stream,
			"      (%u of them were forked by such a child)\n",
			place->descendants);
}

/* It has been told in full as it was seen. */
static void say_hang_shortly(FILE *stream, const struct hang *hang)
{
	fprintf(stream, "   Process %d hung", (int)hang->pid);
	if (hang->count > 1)
		fprintf(stream, ", and %u more for the same reason",
			hang->count - 1);
	fputs(": it waited ", stream);
	say_lock(stream, hang);
	if (hang->holder != NULL)
		fprintf(stream, ", which \"%s\" (%d) had", hang->holder->name,
			(int)hang->holder->tid);
	fputs(".\n", stream);
}

static void say_advice(FILE *stream, const struct place *place)
{
	if (place->executed.count == place->forks)
		fputs("   What to do: start the program by libspawn_start() "
		      "in place of fork() and exec();\n   what is done "
		      "between them is an option there "
		      "(docs/migrating.md).\n",
		      stream);
	else
		fputs("   What to do: have the work done by a worker, a "
		      "process that is not a copy:\n   "
		      "libspawn_worker_start() (docs/workers.md of libspawn); "
		      "or fork before the first thread\n   is started. If the "
		      "child is to execute a program: libspawn_start() "
		      "(docs/migrating.md).\n",
		      stream);
}

static void say_place_whole(FILE *stream, const struct place *place)
{
	fprintf(stream, "\n%u. ", place->number);
	say_head(stream, place);
	fprintf(stream, "\n   Its command line: %s\n   Its stack:\n",
		place->command);
	say_stack(stream, &place->stack, place->frame, "      ");
	say_others(stream, place);
	say_children(stream, place);
	say_calls(stream, place);
	for (struct hang *hang = place->hangs; hang; hang = hang->next)
		say_hang_shortly(stream, hang);
	say_advice(stream, place);
}

void text_place_seen(const struct watch *watch, const struct place *place)
{
	FILE *stream = watch->settings.stream;

	if (watch->settings.format != WATCH_LIVE)
		return;
	fputs("spawn: ", stream);
	say_head(stream, place);
	fprintf(stream, ", beside %zu other thread%s.\n", place->others->total,
		plural(place->others->total));
	fflush(stream);
}

/* ---- The whole --------------------------------------------------------- */

static void say_why(FILE *stream, unsigned places)
{
	fprintf(stream,
		"spawn: fork() was called in %u place%s while the process had "
		"other threads. That is not safe.\n",
		places, plural(places));
	fputs("   fork() copies the memory of a process, but of its threads "
	      "only the one that calls it.\n"
	      "   A lock that another thread holds at that moment stays locked "
	      "in the copy for ever; the\n"
	      "   copy hangs as soon as it asks for that lock. Whether it does "
	      "depends on timing: in some\n"
	      "   programs each time, in others once in a thousand runs. Many "
	      "functions of the C library\n"
	      "   have such locks. A child that executes another program is "
	      "out of danger from then on.\n",
	      stream);
}

static void say_set_id(FILE *stream, const struct watch *watch)
{
	if (watch->set_ids == 0)
		return;
	fprintf(stream, "spawn: %s ", watch->set_id);
	if (watch->set_ids > 1)
		fprintf(stream, "and %u more ", watch->set_ids - 1);
	fputs("ran without the privileges of a set-id program: the system "
	      "gives none to who is watched.\n",
	      stream);
}

void text_report(const struct watch *watch)
{
	FILE *stream = watch->settings.stream;

	say_set_id(stream, watch);
	if (watch->places.first == NULL) {
		fprintf(stream,
			"spawn: %u process%s watched: none forked while it "
			"had other threads.\n",
			watch->processes, watch->processes == 1 ? "" : "es");
		return;
	}
	say_why(stream, watch->places.count);
	if (stack_limits() != NULL)
		fprintf(stream, "   %s\n", stack_limits());
	for (struct place *place = watch->places.first; place != NULL;
	     place = place->next)
		say_place_whole(stream, place);
}
