/* SPDX-License-Identifier: MIT */
/*
 * What only Linux has and is a value, a struct or filters: what is in a new
 * namespace, personality, memory policy, sched_attr, controls of the processor,
 * labels, seccomp. What is only for a new namespace is refused without it:
 * others would get a new name, or clock.
 */
#define _GNU_SOURCE
#include "request/confine.h"

#include <errno.h>
#include <string.h>

#include "request/rules.h"
#include "request/sandbox.h"

#define NANOSECONDS 1000000000u
/* PR_SPEC_ENABLE, PR_SPEC_DISABLE, PR_SPEC_FORCE_DISABLE: of one bit each. */
#define SPECULATION_WORDS (UINT32_C(1) << 2 | 1 << 4 | 1 << 8)
#define FILTER_FLAGS (LIBSPAWN_FILTER_LOG | LIBSPAWN_FILTER_SPEC_ALLOW)
#define MEMORY_TRAITS (2 * LIBSPAWN_MEMORY_COREDUMP_FILTER - 1)

static int has_new(const struct libspawn_options *options, uint64_t kind)
{
	return (new_namespaces(options) & kind) != 0;
}

/* 0 for a name that is not given; bytes: how long it may be. */
static int check_name(const char *name, size_t bytes)
{
	return name && strnlen(name, bytes + 1) > bytes ? ENAMETOOLONG : 0;
}

static int check_host_name(const struct libspawn_options *options,
			   const char *name)
{
	if (name && !has_new(options, NEW_NAMES))
		return EINVAL;
	return check_name(name, LIBSPAWN_HOSTNAME_MAX);
}

static int check_time(const struct libspawn_options *options)
{
	const struct libspawn_time_offsets *offsets = options->time_offsets;

	if (!offsets)
		return 0;
	return EINVAL_IF(!has_new(options, NEW_TIME) ||
			 offsets->monotonic_ns >= NANOSECONDS ||
			 offsets->boottime_ns >= NANOSECONDS);
}

static int check_label(const char *label)
{
	if (label && !label[0])
		return EINVAL;
	return check_name(label, LIBSPAWN_LABEL_MAX - 1);
}

static int check_sched_attr(const struct libspawn_options *options)
{
	const struct libspawn_sched_attr *attr = options->sched_attr;

	if (!attr)
		return 0;
	return EINVAL_IF(HAS(SCHEDULER) ||
			 (attr->size && attr->size != sizeof *attr));
}

static int check_memory(const struct libspawn_options *options)
{
	const uint32_t traits = options->memory_traits;

	return EINVAL_IF(traits & ~MEMORY_TRAITS ||
			 (options->coredump_filter &&
			  !(traits & LIBSPAWN_MEMORY_COREDUMP_FILTER)));
}

static int check_policy(const struct libspawn_memory_policy *policy)
{
	if (!policy)
		return 0;
	if (policy->node_count > LIBSPAWN_NODES_MAX)
		return E2BIG;
	if (policy->node_count && !policy->nodes)
		return EFAULT;
	return EINVAL_IF(policy->mode > INT32_MAX || policy->spare[0] ||
			 policy->spare[1]);
}

/* ---- With an index ----------------------------------------------------- */

static int check_nodes(const struct libspawn_options *options,
		       struct failure *failure)
{
	const struct libspawn_memory_policy *policy = options->memory_policy;
	uint32_t n;

	for (n = 0; policy && n < policy->node_count; n++)
		if (policy->nodes[n] >= LIBSPAWN_NODES_MAX)
			return libspawn__refuse(failure,
						LIBSPAWN_STEP_MEMORY_POLICY,
						(int32_t)n, EINVAL);
	return 0;
}

static int check_speculation(const struct libspawn_options *options,
			     struct failure *failure)
{
	int32_t n;

	for (n = 0; n < 3; n++)
		if (options->speculation[n] &&
		    (options->speculation[n] > 8 ||
		     !(SPECULATION_WORDS >> options->speculation[n] & 1)))
			return libspawn__refuse(
				failure, LIBSPAWN_STEP_SPECULATION, n, EINVAL);
	return 0;
}

static int check_filter(const struct libspawn_filter *filter)
{
	if (filter->count > LIBSPAWN_SECCOMP_MAX)
		return E2BIG;
	if (filter->count && !filter->instructions)
		return EFAULT;
	return EINVAL_IF(!filter->count || filter->flags & ~FILTER_FLAGS ||
			 filter->spare[0] || filter->spare[1]);
}

static int check_filters(const struct libspawn_options *options,
			 struct failure *failure)
{
	int code = 0;
	uint32_t n;

	for (n = 0; n < options->filter_count && code == 0; n++) {
		code = check_filter(&options->filters[n]);
		if (code)
			libspawn__refuse(failure, LIBSPAWN_STEP_SECCOMP,
					 (int32_t)n, code);
	}
	return -code;
}

/* ---- All of them ------------------------------------------------------- */

/* Those that are one value, in the order of their steps. */
static int check_values(const struct libspawn_options *options,
			struct failure *failure)
{
	const struct rule rules[] = {
		{ LIBSPAWN_STEP_UNSHARE,
		  EINVAL_IF(options->unshare & ~NEW_NAMESPACES) },
		{ LIBSPAWN_STEP_HOSTNAME,
		  check_host_name(options, options->hostname) },
		{ LIBSPAWN_STEP_DOMAINNAME,
		  check_host_name(options, options->domainname) },
		{ LIBSPAWN_STEP_LOOPBACK,
		  EINVAL_IF(HAS(LOOPBACK) && !has_new(options, NEW_NETWORK)) },
		{ LIBSPAWN_STEP_TIME_OFFSETS, check_time(options) },
		/* That number asks what it is, and changes nothing. */
		{ LIBSPAWN_STEP_PERSONALITY,
		  EINVAL_IF(options->personality == UINT32_MAX) },
		{ LIBSPAWN_STEP_MEMORY_POLICY,
		  check_policy(options->memory_policy) },
		{ LIBSPAWN_STEP_SCHED_ATTR, check_sched_attr(options) },
		{ LIBSPAWN_STEP_TSC, EINVAL_IF(options->tsc > 2) },
		{ LIBSPAWN_STEP_EXEC_LABEL, check_label(options->exec_label) },
		{ LIBSPAWN_STEP_KEYRING, check_name(options->session_keyring,
						    LIBSPAWN_LABEL_MAX - 1) },
		{ LIBSPAWN_STEP_MEMORY_TRAITS, check_memory(options) },
	};

	return RULES_CHECK(rules, failure);
}

int libspawn__confine_check(const struct libspawn_options *options,
			    struct failure *failure)
{
	int code = check_values(options, failure);

	if (code == 0)
		code = check_nodes(options, failure);
	if (code == 0)
		code = check_speculation(options, failure);
	return code == 0 ? check_filters(options, failure) : code;
}
