/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel for what --query is told of: a backend may well be able to
 * ask for what this kernel, or a filter of this container, then refuses.
 */
#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <string.h>

#ifdef __linux__

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* PR_GET_...: 0, or why there is none. */
static int ask_prctl(int what)
{
	return prctl(what, 0UL, 0UL, 0UL, 0UL) < 0 ? errno : 0;
}

/* Readable if there is a module; its contents are of no interest. */
static int ask_file(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int code = fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return code;
}

/* PR_SPEC_PRCTL is 1: it may be chosen. */
static int ask_speculation(const uint32_t speculation[3])
{
	for (unsigned long which = 0; which < 3; which++) {
		int now = prctl(52, which, 0UL, 0UL, 0UL);

		if (speculation[which] != 0 && now < 0)
			return errno;
		if (speculation[which] != 0 && (now & 1) == 0)
			return ENXIO;
	}
	return 0;
}

static int ask_core(void)
{
	unsigned long long cookie;

	return prctl(62, 0UL, 0UL, 0UL, &cookie) < 0 ? errno : 0;
}

static int ask_tsc(void)
{
	int now;

	return prctl(25, &now, 0UL, 0UL, 0UL) < 0 ? errno : 0;
}

static int ask_attributes(void)
{
	struct libspawn_sched_attr now;

	return syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) < 0 ? errno
								      : 0;
}

static int ask_nodes(void)
{
	return syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0) < 0 ? errno
								      : 0;
}

static int ask_keyring(void)
{
	return syscall(SYS_keyctl, 0, -3, 0) < 0 ? errno : 0;
}

bool kernel_has_keyrings(void)
{
	int code = ask_keyring();

	return code != ENOSYS && code != EPERM;
}

static int ask_personality(void)
{
	return syscall(SYS_personality, 0xffffffffUL) < 0 ? errno : 0;
}

static int ask_traits(uint32_t traits)
{
	int code = 0;

	if (traits & LIBSPAWN_MEMORY_NO_EXEC_GAIN)
		code = ask_prctl(66);
	if (code == 0 && traits & LIBSPAWN_MEMORY_NO_HUGE_PAGES)
		code = ask_prctl(42);
	if (code == 0 && traits & LIBSPAWN_MEMORY_MERGE)
		code = ask_prctl(68);
	if (code == 0 && traits & LIBSPAWN_MEMORY_COREDUMP_FILTER)
		code = ask_file("/proc/self/coredump_filter");
	return code;
}

static void tell(FILE *stream, int step, int code)
{
	if (code != 0)
		fprintf(stream, "%-12s %s: %s\n", "this kernel",
			libspawn_step_name(step), strerror(code));
}

void report_kernel(FILE *stream, const struct command *command)
{
	const struct libspawn_options *options = &command->options;
	const uint64_t flags = options->flags;

	tell(stream, LIBSPAWN_STEP_SPECULATION,
	     ask_speculation(options->speculation));
	tell(stream, LIBSPAWN_STEP_MEMORY_TRAITS,
	     ask_traits(options->memory_traits));
	if (options->time_offsets != NULL)
		tell(stream, LIBSPAWN_STEP_TIME_OFFSETS,
		     ask_file("/proc/self/timens_offsets"));
	if (flags & LIBSPAWN_PERSONALITY)
		tell(stream, LIBSPAWN_STEP_PERSONALITY, ask_personality());
	if (options->memory_policy != NULL)
		tell(stream, LIBSPAWN_STEP_MEMORY_POLICY, ask_nodes());
	if (options->sched_attr != NULL)
		tell(stream, LIBSPAWN_STEP_SCHED_ATTR, ask_attributes());
	if (flags & LIBSPAWN_NEW_CORE)
		tell(stream, LIBSPAWN_STEP_NEW_CORE, ask_core());
	if (options->tsc != 0)
		tell(stream, LIBSPAWN_STEP_TSC, ask_tsc());
	if (options->exec_label != NULL)
		tell(stream, LIBSPAWN_STEP_EXEC_LABEL,
		     ask_file("/proc/self/attr/exec"));
	if (options->session_keyring != NULL)
		tell(stream, LIBSPAWN_STEP_KEYRING, ask_keyring());
}

#else

bool kernel_has_keyrings(void)
{
	return false;
}

/* No backend there takes any of these. */
void report_kernel(FILE *stream, const struct command *command)
{
	(void)stream;
	(void)command;
}

#endif
