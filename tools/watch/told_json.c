/* SPDX-License-Identifier: MIT */
/* The same as in the text, as one object: names and numbers, no advice. */
#define _GNU_SOURCE
#include "told_json.h"
#include "calls.h"
#include "../json.h"

static void tell_frame(struct json *json, const struct frame *frame)
{
	json_string(json, "function", frame->function);
	json_string(json, "file", frame->file);
	json_integer(json, "line", frame->line);
	json_string(json, "module", frame->module);
	json_integer(json, "offset", (int64_t)frame->offset);
	json_boolean(json, "is_guess", frame->is_guess);
}

static void tell_stack(struct json *json, const struct stack *stack)
{
	json_begin_list(json, "stack");
	for (unsigned i = 0; stack != NULL && i < stack->count; i++) {
		json_begin_object(json, NULL);
		tell_frame(json, &stack->frames[i]);
		json_end_object(json);
	}
	json_end_list(json);
}

static void tell_thread(struct json *json, const struct bystander *one)
{
	json_string(json, "name", one->name);
	json_integer(json, "tid", one->tid);
	json_string(json, "waits_in",
		    one->call.is_running ? NULL : call_name(one->call.number));
	tell_stack(json, one->stack);
}

static void tell_hang(struct json *json, const struct hang *hang)
{
	json_begin_object(json, NULL);
	json_integer(json, "pid", hang->pid);
	json_integer(json, "after_us", hang->after_us);
	json_string(json, "lock", hang->lock.function);
	json_string(json, "lock_in", hang->where);
	if (hang->holder == NULL) {
		json_null(json, "holder");
	} else {
		json_begin_object(json, "holder");
		json_boolean(json, "is_certain", hang->holder_is_certain);
		tell_thread(json, hang->holder);
		json_end_object(json);
	}
	if (hang->ended_by != 0)
		json_integer(json, "ended_by", hang->ended_by);
	else
		json_null(json, "ended_by");
	json_boolean(json, "killed", hang->was_killed);
	tell_stack(json, &hang->stack);
	json_end_object(json);
}

static void tell_tally(struct json *json, const char *key,
		       const struct tally *tally)
{
	json_begin_object(json, key);
	json_integer(json, "count", tally->count);
	json_integer(json, "total_us", tally->total_us);
	json_integer(json, "most_us", tally->most_us);
	json_end_object(json);
}

static void tell_threads(struct json *json, const struct bystanders *others)
{
	json_integer(json, "other_threads", (int64_t)others->total);
	json_begin_list(json, "threads");
	for (size_t i = 0; i < others->count; i++) {
		json_begin_object(json, NULL);
		tell_thread(json, &others->all[i]);
		json_end_object(json);
	}
	json_end_list(json);
}

static void tell_calls(struct json *json, const struct place *place)
{
	json_integer(json, "followed", place->followed);
	json_begin_list(json, "calls");
	for (unsigned i = 0; i < place->kinds_of_calls; i++) {
		json_begin_object(json, NULL);
		json_integer(json, "number", place->calls[i].number);
		json_string(json, "name", call_name(place->calls[i].number));
		json_integer(json, "count", place->calls[i].count);
		json_end_object(json);
	}
	json_end_list(json);
}

static void tell_place(struct json *json, const struct place *place)
{
	json_begin_object(json, NULL);
	json_string(json, "program", place->program);
	json_string(json, "command", place->command);
	json_integer(json, "pid", place->pid);
	json_string(json, "thread", place->thread);
	json_integer(json, "forks", place->forks);
	if (place->frame == NULL) {
		json_null(json, "at");
	} else {
		json_begin_object(json, "at");
		tell_frame(json, place->frame);
		json_end_object(json);
	}
	tell_stack(json, &place->stack);
	tell_threads(json, place->others);
	tell_tally(json, "executed", &place->executed);
	json_string(json, "first_executed", place->first_executed);
	tell_tally(json, "ended", &place->ended);
	json_integer(json, "ended_by_signal", place->killed);
	tell_calls(json, place);
	json_integer(json, "descendants", place->descendants);
	json_integer(json, "hung", place->hung);
	json_integer(json, "recovered", place->recovered);
	json_begin_list(json, "hangs");
	for (struct hang *hang = place->hangs; hang; hang = hang->next)
		tell_hang(json, hang);
	json_end_list(json);
	json_end_object(json);
}

void json_report(const struct watch *watch)
{
	struct json json;

	json_open(&json, watch->settings.stream);
	json_integer(&json, "processes", watch->processes);
	json_integer(&json, "set_id_programs", watch->set_ids);
	json_string(&json, "limits", stack_limits());
	json_begin_list(&json, "places");
	for (struct place *place = watch->places.first; place != NULL;
	     place = place->next)
		tell_place(&json, place);
	json_end_list(&json);
	json_close(&json);
}
