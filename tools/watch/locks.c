/* SPDX-License-Identifier: MIT */
/*
 * All waiting for another thread is a futex(2). What lies there tells, of most
 * mutexes, who has it. Of locks inside the C library it does not; then a thread
 * that was inside the same function, and did not wait, has it.
 */
#define _GNU_SOURCE
#include "locks.h"
#include "frames.h"
#include "words.h"

#include <string.h>

/* futex(2); not every C library comes with <linux/futex.h>. */
enum {
	WAIT = 0,
	WAIT_BITSET = 9,
	PRIVATE_FLAG = 128,
	COMMAND_MASK = 127,
};

#define TID_MASK UINT32_C(0x3fffffff)

/* ---- Whether it is one ------------------------------------------------- */

static bool is_wait(uint64_t operation)
{
	uint64_t command = operation & COMMAND_MASK;

	return command == WAIT || command == WAIT_BITSET;
}

/* Memory that is not shared is waited at as if it were said to be private. */
static bool is_private(const struct call *call, pid_t pid)
{
	struct mapping mapping;

	if (call->arguments[1] & PRIVATE_FLAG)
		return true;
	return proc_mapping(&mapping, pid, call->arguments[0]) &&
	       !mapping.is_shared;
}

bool waits_inside(const struct call *call, pid_t pid)
{
	return call_is_futex(call) && is_wait(call->arguments[1]) &&
	       call->arguments[3] == 0 && is_private(call, pid);
}

/* ---- Who has it -------------------------------------------------------- */

static const struct bystander *find_thread(const struct bystanders *others,
					   uint32_t inner_tid)
{
	for (size_t i = 0; inner_tid != 0 && i < others->count; i++)
		if ((uint32_t)others->all[i].inner_tid == inner_tid)
			return &others->all[i];
	return NULL;
}

/*
 * The owner stands, in 32-bit words from the futex on: in the third of glibc's
 * pthread_mutex_t; in the first of musl's, with bits above; four or five on in
 * glibc's pthread_rwlock_t, as it waits at its third or fourth word.
 */
static const struct bystander *owner_in(const uint32_t words[8],
					const struct bystanders *others)
{
	const uint32_t candidates[] = {
		words[2],
		words[0] & TID_MASK,
		words[3],
		words[4],
	};
	const struct bystander *found = NULL;

	for (size_t i = 0; found == NULL && i < 4; i++)
		found = find_thread(others, candidates[i]);
	return found;
}

/* What compilers add to the name of what is a part or copy of a function. */
static bool is_suffix(const char *text)
{
	static const char *const all[] = {
		".part.", ".isra.", ".constprop.",  ".cold", ".lto_priv.",
		".llvm.", ".abi0",  ".abiinternal", "@",
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strncmp(text, all[i], strlen(all[i])) == 0)
			return true;
	return *text == '\0';
}

/*
 * "read" of "(anonymous namespace)::read.part.0", as debuggers know it; but a
 * dot of Go's is in the name: "runtime.read".
 */
static size_t plain_name(const char **name)
{
	size_t length = 0;

	for (const char *at = *name; (at = strstr(at, "::")) != NULL;) {
		at += 2;
		*name = at;
	}
	while (!is_suffix(*name + length))
		length++;
	return length;
}

static bool is_same_function(const struct frame *a, const struct frame *b)
{
	const char *one = a->function, *other = b->function;
	size_t length;

	if (one == NULL || other == NULL || a->module != b->module)
		return false;
	length = plain_name(&one);
	return length == plain_name(&other) && memcmp(one, other, length) == 0;
}

static bool is_inside(const struct bystander *one, const struct frame *frame)
{
	for (unsigned i = 0; one->stack != NULL && i < one->stack->count; i++)
		if (is_same_function(&one->stack->frames[i], frame))
			return true;
	return false;
}

static bool waits_there(const struct bystander *one, uint64_t address)
{
	return call_is_futex(&one->call) && one->call.arguments[0] == address;
}

static const struct bystander *find_inside(const struct bystanders *others,
					   const struct frame *frame,
					   uint64_t address)
{
	for (size_t i = 0; frame != NULL && i < others->count; i++)
		if (is_inside(&others->all[i], frame) &&
		    !waits_there(&others->all[i], address))
			return &others->all[i];
	return NULL;
}

static void find_holder(struct hang *hang)
{
	uint32_t words[8];

	if (hang->others == NULL)
		return;
	if (proc_memory(words, sizeof words, hang->pid, hang->address))
		hang->holder = owner_in(words, hang->others);
	hang->holder_is_certain = hang->holder != NULL;
	if (hang->holder == NULL &&
	    frames_waited(&hang->stack).owner != OWNED_BY_NOBODY)
		hang->holder =
			find_inside(hang->others, asking_frame(&hang->stack),
				    hang->address);
}

/* ---- What it is -------------------------------------------------------- */

static void name_lock(struct hang *hang, struct image **image)
{
	struct mapping mapping;

	image_name(&hang->lock, image, hang->pid, hang->address);
	if (proc_mapping(&mapping, hang->pid, hang->address))
		hang->where = keep_word(mapping.name);
}

void explain_wait(struct hang *hang, struct image **image)
{
	name_lock(hang, image);
	find_holder(hang);
}
