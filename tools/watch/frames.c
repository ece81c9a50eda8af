/* SPDX-License-Identifier: MIT */
/*
 * Names by which frames are known: of glibc, musl, libstdc++, libgomp, CPython,
 * Go. A name that ends in '*' stands for all that begin so.
 */
#define _GNU_SOURCE
#include "frames.h"
#include "words.h"

#include <string.h>

static const char *const forks[] = {
	"fork",		"__fork",      "_Fork",	     "__libc_fork",
	"__GI__Fork",	"__GI_*fork",  "arch_fork",  "clone",
	"__clone",	"clone3",      "__clone3",   "syscall",
	"daemon",	"forkpty",     "popen",	     "system",
	"__clone_int*", "__run_fork*", "__syscall*", "__internal_syscall*",
	NULL,
};

static const char *const waits[] = {
	"*futex*",
	"__lll_*",
	"lll_*",
	"__GI___lll*",
	"pthread_mutex*",
	"*pthread_mut*",
	"pthread_rwlock*",
	"*pthread_rwl*",
	"pthread_cond*",
	"*pthread_con*",
	"__wait",
	"__timedwait*",
	"__lock",
	"__cxa_guard*",
	"syscall",
	"__syscall*",
	"sem_wait*",
	"*_sem_wait*",
	"sem_timedwait*",
	"sem_clockwait*",
	"gomp_*",
	"__internal_sys*",
	"PyThread_acquire*",
	"acquire_timed",
	"std::mutex*",
	"__gthread*",
	"std::__atomic*",
	"std::condition*",
	"__tl_lock",
	"_IO_lock*",
	"__cp_end",
	"__syscall_cp*",
	"lock",
	"do_wait",
	"GOMP_*",
	"__gnu_cxx::*",
	"std::unique_lock*",
	"std::lock_guard*",
	"clone*",
	NULL,
};

static const char *const starts[] = {
	"start_thread", "start",	  "clone",    "clone3",
	"__clone",	"__clone3",	  "_start",   "__libc_start_*",
	"libc_start_*", "std::thread::*", "_start_c", NULL,
};

static const char *const systems[] = {
	"libc.so*",  "libc-2*", "ld-*",	    "libpthread*", "libstdc++*",
	"libgcc_s*", "[vdso*",	"ld-musl*", "libgomp*",	   NULL,
};

/* What they bring in templates is not the program's own either. */
#define HEADERS "/usr/include/"

/* A pattern is a name, or a part of one with '*' before or behind it. */
static bool matches(const char *pattern, const char *name)
{
	bool is_inside = *pattern == '*';
	size_t length = strlen(pattern += is_inside);
	bool is_open = length > 0 && pattern[length - 1] == '*';

	if (!is_open)
		return strcmp(pattern, name) == 0;
	length--;
	for (; *name != '\0'; name++) {
		if (strncmp(pattern, name, length) == 0)
			return true;
		if (!is_inside)
			return false;
	}
	return false;
}

static bool is_among(const char *const *patterns, const char *name)
{
	while (*patterns != NULL && !matches(*patterns, name))
		patterns++;
	return *patterns != NULL;
}

static bool is_of_header(const struct frame *frame)
{
	return frame->file != NULL &&
	       strncmp(frame->file, HEADERS, sizeof HEADERS - 1) == 0;
}

bool frame_is_of_system(const struct frame *frame)
{
	if (is_of_header(frame))
		return true;
	return frame->module != NULL &&
	       is_among(systems, last_part(frame->module));
}

bool frame_is_start(const struct frame *frame)
{
	return frame->function != NULL && is_among(starts, frame->function);
}

/*
 * The innermost of the program itself, from there on: one with a line, if any,
 * as in a static program the library's functions are known by having none.
 */
static const struct frame *first_own(const struct stack *stack,
				     const struct frame *from)
{
	const struct frame *end = stack->frames + stack->count;

	for (const struct frame *frame = from; frame < end; frame++)
		if (frame->file != NULL && !frame_is_of_system(frame))
			return frame;
	for (const struct frame *frame = from; frame < end; frame++)
		if (!frame_is_of_system(frame))
			return frame;
	return NULL;
}

/* What is left of earlier calls is the library's, which has no lines there. */
static const struct frame *first_guess(const struct stack *stack)
{
	if (stack->count < 2 || !stack->frames[1].is_guess)
		return NULL;
	return first_own(stack, stack->frames);
}

/* Without a name, code of the C library is taken for what is looked past. */
static const struct frame *first_but(const struct stack *stack,
				     const char *const *patterns)
{
	const struct frame *guess = first_guess(stack);

	if (guess != NULL)
		return guess;
	for (unsigned i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		if (is_of_header(frame) ||
		    (frame->function == NULL && frame_is_of_system(frame)))
			continue;
		if (frame->function == NULL ||
		    !is_among(patterns, frame->function))
			return frame;
	}
	return stack->count > 0 ? &stack->frames[0] : NULL;
}

const struct frame *calling_frame(const struct stack *stack)
{
	return first_but(stack, forks);
}

const struct frame *asking_frame(const struct stack *stack)
{
	return first_but(stack, waits);
}

const struct frame *own_frame(const struct stack *stack)
{
	const struct frame *asking = asking_frame(stack);
	const struct frame *own =
		asking != NULL ? first_own(stack, asking) : NULL;

	return own != NULL ? own : asking;
}

const struct frame *start_frame(const struct stack *stack)
{
	for (unsigned i = stack->count; i-- > 0;) {
		const struct frame *frame = &stack->frames[i];

		if (frame->function != NULL && !frame_is_start(frame) &&
		    !frame_is_of_system(frame))
			return frame;
	}
	return NULL;
}

struct waited frames_waited(const struct stack *stack)
{
	static const struct {
		const char *pattern;
		struct waited waited;
	} kinds[] = {
		{ "*mutex*", { "a lock", OWNED } },
		{ "*lll_lock*", { "a lock", OWNED } },
		{ "*rwlock*", { "a lock", OWNED } },
		{ "__lock", { "a lock", OWNED } },
		{ "*cond_wait*", { "a condition variable", OWNED_BY_NOBODY } },
		{ "*sem_wait*", { "a semaphore", OWNED_BY_NOBODY } },
		{ "__cxa_guard*",
		  { "a static object to be constructed", OWNED } },
		{ "gomp_*", { "threads of OpenMP", OWNED_BY_NOBODY } },
		{ "runtime.futex*",
		  { "another thread of Go's", OWNED_BY_NOBODY } },
	};
	const struct frame *asking = asking_frame(stack);

	for (unsigned i = 0; i < stack->count; i++) {
		const struct frame *frame = &stack->frames[i];

		if (frame->module != NULL &&
		    matches("libgomp*", last_part(frame->module)))
			return (struct waited){ "threads of OpenMP",
						OWNED_BY_NOBODY };
		for (size_t k = 0; frame->function != NULL &&
				   k < sizeof kinds / sizeof *kinds;
		     k++)
			if (matches(kinds[k].pattern, frame->function))
				return kinds[k].waited;
		if (frame == asking)
			break;
	}
	return (struct waited){ "another thread", OWNED_PERHAPS };
}
