/* SPDX-License-Identifier: MIT */
/*
 * Seccomp filters by libseccomp; see refuse.h. Each refusal is a filter of its
 * own; of several, the kernel takes the strictest.
 */
#include <seccomp.h>

#include "apart.h"
#include "refuse.h"

static void load_rule(uint32_t action, const char *name, unsigned count,
		      struct scmp_arg_cmp compare)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int number = seccomp_syscall_resolve_name(name);

	assert_non_null(filter);
	assert_int_not_equal(number, __NR_SCMP_ERROR);
	assert_int_equal(
		seccomp_rule_add_array(filter, action, number, count, &compare),
		0);
	assert_int_equal(seccomp_load(filter), 0);
	seccomp_release(filter);
}

void need_refusals(void)
{
	scmp_filter_ctx filter;
	int code;

	if (runs_in_valgrind())
		skip_apart("Valgrind has no seccomp(), and refuses by itself");
	filter = seccomp_init(SCMP_ACT_ALLOW);
	code = filter ? seccomp_load(filter) : -1;
	seccomp_release(filter);
	if (code)
		skip_apart("no seccomp filter can be installed");
}

void refuse_call(const char *name, int code)
{
	struct scmp_arg_cmp none = { 0 };

	load_rule(SCMP_ACT_ERRNO(code), name, 0, none);
}

void refuse_call_without(const char *name, uint64_t bits, int code)
{
	load_rule(SCMP_ACT_ERRNO(code), name, 1,
		  SCMP_A0(SCMP_CMP_MASKED_EQ, bits, 0));
}

void refuse_call_with(const char *name, uint64_t bits, int code)
{
	load_rule(SCMP_ACT_ERRNO(code), name, 1,
		  SCMP_A0(SCMP_CMP_MASKED_EQ, bits, bits));
}

void refuse_argument(const char *name, unsigned which, uint64_t value, int code)
{
	load_rule(SCMP_ACT_ERRNO(code), name, 1,
		  SCMP_CMP(which, SCMP_CMP_EQ, value));
}

void kill_on_call(const char *name)
{
	struct scmp_arg_cmp none = { 0 };

	load_rule(SCMP_ACT_KILL_PROCESS, name, 0, none);
}

void kill_on_call_from(const char *name, uint64_t least)
{
	load_rule(SCMP_ACT_KILL_PROCESS, name, 1,
		  SCMP_A0(SCMP_CMP_GE, least, 0));
}
