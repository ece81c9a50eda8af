/* SPDX-License-Identifier: MIT */
/* What system() and popen() share: /bin/sh, started; a child, awaited. */
#ifndef LIBSPAWN_POSIX_SHELL_H
#define LIBSPAWN_POSIX_SHELL_H

#include "posix/call.h"

/* shell.c: 0 or an errno value; actions and attributes may be NULL */
int libspawn__shell_start(const char *command,
			  const struct action_list *actions,
			  const struct attributes *attributes,
			  struct posix_child *child);
/* The status of waitpid(), or -1 with errno, which is not EINTR. */
int libspawn__shell_wait(pid_t pid);

#endif
