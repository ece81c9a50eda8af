/* SPDX-License-Identifier: MIT */
/* Whose functions the names are: without this, all the rest proves nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "case.h"

typedef void any_function(void);

/* Are those missing from this libc NULL, as long as nobody brings them? */
#ifdef POSIX_FROM_LIBC
#define WEAK_NAMES 1
#else
#define WEAK_NAMES 0
#endif

/* The header's macros redirect calls of these only, not their names. */
#ifdef POSIX_REDIRECTED
#define SHELL_NAME(name) libspawn_##name
#else
#define SHELL_NAME(name) name
#endif

static const struct name {
	const char *name;
	any_function *function;
} names[] = {
#define NAME(name)                                                             \
	{                                                                      \
#name, (any_function *)name                                    \
	}
	NAME(posix_spawn),
	NAME(posix_spawnp),
	NAME(posix_spawn_file_actions_init),
	NAME(posix_spawn_file_actions_destroy),
	NAME(posix_spawn_file_actions_addopen),
	NAME(posix_spawn_file_actions_adddup2),
	NAME(posix_spawn_file_actions_addclose),
	NAME(posix_spawn_file_actions_addchdir),
	NAME(posix_spawn_file_actions_addchdir_np),
	NAME(posix_spawn_file_actions_addfchdir),
	NAME(posix_spawn_file_actions_addfchdir_np),
	NAME(posix_spawn_file_actions_addclosefrom_np),
	NAME(posix_spawn_file_actions_addtcsetpgrp_np),
	NAME(posix_spawnattr_init),
	NAME(posix_spawnattr_destroy),
	NAME(posix_spawnattr_setflags),
	NAME(posix_spawnattr_getflags),
	NAME(posix_spawnattr_setpgroup),
	NAME(posix_spawnattr_getpgroup),
	NAME(posix_spawnattr_setsigmask),
	NAME(posix_spawnattr_getsigmask),
	NAME(posix_spawnattr_setsigdefault),
	NAME(posix_spawnattr_getsigdefault),
	NAME(posix_spawnattr_setschedpolicy),
	NAME(posix_spawnattr_getschedpolicy),
	NAME(posix_spawnattr_setschedparam),
	NAME(posix_spawnattr_getschedparam),
	NAME(posix_spawnattr_setcgroup_np),
	NAME(posix_spawnattr_getcgroup_np),
	NAME(pidfd_spawn),
	NAME(pidfd_spawnp),
	NAME(pidfd_getpid),
	NAME(SHELL_NAME(system)),
	NAME(SHELL_NAME(popen)),
	NAME(SHELL_NAME(pclose)),
};

/* The file that each way has the functions in. */
static const char *home(void)
{
	static char self[4096];

	if (is_libc())
		return "/libc.so";
	if (strcmp(case_way, "ours") == 0 || strcmp(case_way, "preload") == 0)
		return "/libspawn-posix.so";
	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	return strrchr(self, '/');
}

static void every_name_is_bound_where_it_should_be(void)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		any_function *volatile function = names[i].function;
		Dl_info info;

		/* Weak, and in a table: the linker has settled it. */
		if (!function && WEAK_NAMES)
			continue;
		assert_true(dladdr((void *)(uintptr_t)function, &info) != 0);
		if (is_libc() && strstr(info.dli_fname, "san.so"))
			continue;
		if (!strstr(info.dli_fname, home()))
			print_error("%s is of %s\n", names[i].name,
				    info.dli_fname);
		assert_non_null(strstr(info.dli_fname, home()));
	}
}

/* As old sandboxes do, for whatever they don't know. */
static void refuse_clone3(void)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = instructions };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		skip_apart("no filter for system calls here");
}

static void it_works_where_clone3_is_refused(void)
{
	FILE *file;

	refuse_clone3();
	if (differs("posix_spawn(), system() and popen() work where clone3 is "
		    "refused with EPERM"))
		return;
	/* Only the engine does: so it is what has run. */
	expect_start(NULL, NULL);
	assert_int_equal(system("exit 3"), 3 << 8);
	file = popen("exit 4", "r");
	assert_non_null(file);
	assert_int_equal(pclose(file), 4 << 8);
}

static const struct CMUnitTest tests[] = {
	CASE(every_name_is_bound_where_it_should_be),
	CASE(it_works_where_clone3_is_refused),
};

CASE_MAIN(tests)
