/* SPDX-License-Identifier: MIT */
/*
 * Runs a program as on an older kernel, or in an unkind sandbox: the calls that
 * the library can do without are refused to it and to all it starts.
 *
 *	old_kernel {ENOSYS|EPERM} PROGRAM [ARGUMENTS]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* waitid(2): of Linux 5.4; what it waits for is its first argument. */
enum { WAIT_BY_PIDFD = 3 };

static const char *const refused[] = {
	"clone3",   "close_range", "pidfd_open", "pidfd_send_signal",
	"execveat", "openat2",	   "faccessat2",
};

static int refuse(scmp_filter_ctx filter, int code)
{
	struct scmp_arg_cmp by_pidfd = SCMP_A0(SCMP_CMP_EQ, WAIT_BY_PIDFD, 0);
	size_t n;

	for (n = 0; n < sizeof refused / sizeof *refused; n++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(code),
				     seccomp_syscall_resolve_name(refused[n]),
				     0))
			return -1;
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ERRNO(code == ENOSYS ? EINVAL : code),
		SCMP_SYS(waitid), 1, &by_pidfd);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int code = argc > 1 && strcmp(argv[1], "EPERM") == 0 ? EPERM : ENOSYS;

	if (argc < 3 || !filter) {
		fprintf(stderr, "usage: old_kernel {ENOSYS|EPERM} PROGRAM\n");
		return 2;
	}
	/* Root keeps the right to gain privileges, which the tests need. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() != 0);
	if (refuse(filter, code) || seccomp_load(filter)) {
		printf("skipped: no seccomp filter can be installed\n");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
