/* SPDX-License-Identifier: MIT */
/*
 * libspawn_posix: the POSIX names of starting a process, on libspawn's engine.
 *
 * The functions here do what those of POSIX.1-2024 do and, where POSIX leaves
 * it open, what glibc's do; for the few differences see docs/drop-in.md. There
 * are three ways to use them:
 *
 *   - Link with -lspawn-posix ahead of the C library, or name the library in
 *     LD_PRELOAD: it defines the POSIX names themselves. No source changes.
 *   - Vendor the source and call libspawn_posix_spawn() and its sisters.
 *   - The same, and define LIBSPAWN_POSIX_REDIRECT before this header: then
 *     the POSIX names in the file that includes it mean these functions.
 *
 *	#define LIBSPAWN_POSIX_REDIRECT
 *	#include <libspawn_posix.h>
 *
 *	posix_spawn_file_actions_t actions;
 *
 *	posix_spawn_file_actions_init(&actions);
 *	posix_spawn_file_actions_addopen(&actions, 1, "log", O_WRONLY, 0);
 *	code = posix_spawnp(&pid, "cc", &actions, NULL, argv, environ);
 *	posix_spawn_file_actions_destroy(&actions);
 *
 * The types are the C library's own; what is kept in them is not. An object
 * must be used with functions of one family only: these, or the C library's.
 *
 * Linux, with glibc or musl.
 */
#ifndef LIBSPAWN_POSIX_H
#define LIBSPAWN_POSIX_H

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LIBSPAWN_API
#define LIBSPAWN_API
#endif

/* Flags that a C library may not have, or hides from strict programs. */
#ifndef POSIX_SPAWN_USEVFORK
#define POSIX_SPAWN_USEVFORK 0x40 /* accepted; it is always so */
#endif
#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80 /* a session of the child's own */
#endif
#ifndef POSIX_SPAWN_SETCGROUP
#define POSIX_SPAWN_SETCGROUP 0x100 /* start in posix_spawnattr_setcgroup_np */
#endif

/* ---- Starting ---------------------------------------------------------- */

/*
 * Start a program in a new process.
 *
 * posix_spawn(3p): posix_spawn() executes the file path; posix_spawnp() looks
 * for file in the caller's PATH if it has no '/'. pidfd_spawn() and
 * pidfd_spawnp() of glibc 2.39 give a descriptor, close-on-exec, for a pid.
 *
 *   pid, pidfd  receives the result on success; may be NULL
 *   path, file  the program. Without a header it is ENOEXEC, not a script
 *   actions     NULL, or what to do with descriptors, in this order
 *   attributes  NULL, or what else to set
 *   argv        NULL-terminated arguments
 *   envp        NULL-terminated environment
 *
 * Returns   0, or an errno value; then there is no process:
 *           EINVAL     actions or attributes were destroyed
 *           EBADF      an action names a descriptor that is not open
 *           EAGAIN, ENOMEM
 *                      the system is out of processes or memory
 *           EMFILE, ENFILE
 *                      in an emulator that copies memory where the kernel
 *                      would share it: a start needs two descriptors there
 *           otherwise  what the call behind an action or an attribute, or
 *                      execve(2), returned
 * Owns      nothing: all arguments are borrowed until return. The process and
 *           its descriptor are the caller's.
 * Threads   any thread, concurrently. PATH is read as getenv() does.
 * Signals   not async-signal-safe; no cancellation point.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_posix_spawn(pid_t *pid, const char *path,
				      const posix_spawn_file_actions_t *actions,
				      const posix_spawnattr_t *attributes,
				      char *const argv[], char *const envp[]);
LIBSPAWN_API int
libspawn_posix_spawnp(pid_t *pid, const char *file,
		      const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const argv[],
		      char *const envp[]);
LIBSPAWN_API int libspawn_pidfd_spawn(int *pidfd, const char *path,
				      const posix_spawn_file_actions_t *actions,
				      const posix_spawnattr_t *attributes,
				      char *const argv[], char *const envp[]);
LIBSPAWN_API int
libspawn_pidfd_spawnp(int *pidfd, const char *file,
		      const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attributes, char *const argv[],
		      char *const envp[]);

/*
 * Tell the pid behind a descriptor for a process. pidfd_getpid(3)
 *
 * Returns   the pid; or -1 with errno: EBADF (no such descriptor, or not for a
 *           process), ESRCH (the process was reaped), EREMOTE (it has no pid in
 *           the caller's namespace), or what open(2) said of /proc
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API pid_t libspawn_pidfd_getpid(int pidfd);

/* ---- File actions ------------------------------------------------------ */

/*
 * Make and end a list of file actions, and append to it.
 *
 * posix_spawn_file_actions_addopen(3p) and its neighbours. The child does the
 * actions in the order they were added.
 *
 *   addopen      closes fd, opens path on it. open(2)
 *   adddup2      new_fd becomes a copy of fd; fd itself if they are the same,
 *                then without close-on-exec. dup2(2)
 *   addclose     closes fd; not open is no error. close(2)
 *   addchdir     changes the working directory, as does addchdir_np. chdir(2)
 *   addfchdir    the same by descriptor, as does addfchdir_np. fchdir(2)
 *   addclosefrom_np
 *                closes from and all above. closefrom(3)
 *   addtcsetpgrp_np
 *                makes the child's group the foreground group of the terminal
 *                fd. tcsetpgrp(3)
 *
 * Returns   0, or an errno value:
 *           EBADF   a descriptor is negative, or not below {OPEN_MAX}
 *           EINVAL  the list was destroyed
 *           ENOMEM  no memory for one more
 * Owns      the list has copies of all paths until destroy.
 * Threads   any thread; one list in one thread at a time. A list that nobody
 *           appends to may be used by several starts at once.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions,
					  int fd, const char *path, int flags,
					  mode_t mode);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions,
					  int fd, int new_fd);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions,
					   int fd);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_addchdir(posix_spawn_file_actions_t *actions,
					   const char *path);
LIBSPAWN_API int libspawn_posix_spawn_file_actions_addchdir_np(
	posix_spawn_file_actions_t *actions, const char *path);
LIBSPAWN_API int
libspawn_posix_spawn_file_actions_addfchdir(posix_spawn_file_actions_t *actions,
					    int fd);
LIBSPAWN_API int libspawn_posix_spawn_file_actions_addfchdir_np(
	posix_spawn_file_actions_t *actions, int fd);
LIBSPAWN_API int libspawn_posix_spawn_file_actions_addclosefrom_np(
	posix_spawn_file_actions_t *actions, int from);
LIBSPAWN_API int libspawn_posix_spawn_file_actions_addtcsetpgrp_np(
	posix_spawn_file_actions_t *actions, int fd);

/* ---- Attributes -------------------------------------------------------- */

/*
 * Make and end attributes, set them, read them back.
 *
 * posix_spawnattr_setflags(3p) and its neighbours. Each counts only with its
 * flag: pgroup with SETPGROUP (0: a new group), sigdefault with SETSIGDEF,
 * sigmask with SETSIGMASK, schedpolicy and schedparam with SETSCHEDULER,
 * schedparam alone with SETSCHEDPARAM, cgroup_np (a cgroup v2 directory, by
 * descriptor) with SETCGROUP. RESETIDS and SETSID need no value.
 *
 * Returns   0, or EINVAL: a flag or a policy that is unknown, or the attributes
 *           were destroyed
 * Owns      nothing.
 * Threads   any thread; as for file actions.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_posix_spawnattr_init(posix_spawnattr_t *attributes);
LIBSPAWN_API int
libspawn_posix_spawnattr_destroy(posix_spawnattr_t *attributes);
LIBSPAWN_API int
libspawn_posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags);
LIBSPAWN_API int
libspawn_posix_spawnattr_getflags(const posix_spawnattr_t *attributes,
				  short *flags);
LIBSPAWN_API int
libspawn_posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group);
LIBSPAWN_API int
libspawn_posix_spawnattr_getpgroup(const posix_spawnattr_t *attributes,
				   pid_t *group);
LIBSPAWN_API int
libspawn_posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes,
				       const sigset_t *signals);
LIBSPAWN_API int
libspawn_posix_spawnattr_getsigdefault(const posix_spawnattr_t *attributes,
				       sigset_t *signals);
LIBSPAWN_API int
libspawn_posix_spawnattr_setsigmask(posix_spawnattr_t *attributes,
				    const sigset_t *signals);
LIBSPAWN_API int
libspawn_posix_spawnattr_getsigmask(const posix_spawnattr_t *attributes,
				    sigset_t *signals);
LIBSPAWN_API int
libspawn_posix_spawnattr_setschedpolicy(posix_spawnattr_t *attributes,
					int policy);
LIBSPAWN_API int
libspawn_posix_spawnattr_getschedpolicy(const posix_spawnattr_t *attributes,
					int *policy);
LIBSPAWN_API int
libspawn_posix_spawnattr_setschedparam(posix_spawnattr_t *attributes,
				       const struct sched_param *parameter);
LIBSPAWN_API int
libspawn_posix_spawnattr_getschedparam(const posix_spawnattr_t *attributes,
				       struct sched_param *parameter);
LIBSPAWN_API int
libspawn_posix_spawnattr_setcgroup_np(posix_spawnattr_t *attributes,
				      int cgroup);
LIBSPAWN_API int
libspawn_posix_spawnattr_getcgroup_np(const posix_spawnattr_t *attributes,
				      int *cgroup);

/* ---- Shell commands ---------------------------------------------------- */

/*
 * Run a shell command and wait for it. system(3p)
 *
 *   command  for /bin/sh; NULL asks whether there is one
 *
 * Returns   the status as waitpid() gives it; 127 << 8 if /bin/sh could not be
 *           executed; -1 with errno if there is no process (EAGAIN, ENOMEM), or
 *           no status since somebody else has reaped it (ECHILD). For NULL: not
 *           0 if there is a shell
 * Owns      nothing.
 * Threads   any thread, concurrently. A cancellation point: a cancelled thread
 *           kills and reaps its shell.
 * Signals   not async-signal-safe. SIGINT and SIGQUIT are ignored by the
 *           process while any call runs, SIGCHLD blocked in the thread.
 * Since     0.1
 */
LIBSPAWN_API int libspawn_system(const char *command);

/*
 * Open a stream to or from a shell command; close it and wait. popen(3p)
 *
 *   command  for /bin/sh
 *   mode     "r" to read its output, "w" to write its input; with 'e' the
 *            stream is close-on-exec
 *   file     a stream of popen()
 *
 * Returns   popen: the stream; or NULL with errno: EINVAL for the mode, EMFILE,
 *           ENFILE, ENOMEM, EAGAIN, or what execve(2) said of /bin/sh
 *           pclose: the status as waitpid() gives it; or -1 with errno ECHILD
 *           if somebody else has reaped it, or file is no stream of popen(),
 *           which is then left alone; or what fclose() said of the last write
 * Owns      the caller owns the stream until pclose().
 * Threads   any thread, concurrently; one stream in one thread at a time.
 * Signals   not async-signal-safe.
 * Since     0.1
 */
LIBSPAWN_API FILE *libspawn_popen(const char *command, const char *mode);
LIBSPAWN_API int libspawn_pclose(FILE *file);

#ifdef __cplusplus
}
#endif

/* ---- The POSIX names --------------------------------------------------- */

#ifdef LIBSPAWN_POSIX_REDIRECT
#define posix_spawn libspawn_posix_spawn
#define posix_spawnp libspawn_posix_spawnp
#define pidfd_spawn libspawn_pidfd_spawn
#define pidfd_spawnp libspawn_pidfd_spawnp
#define pidfd_getpid libspawn_pidfd_getpid
#define posix_spawn_file_actions_init libspawn_posix_spawn_file_actions_init
#define posix_spawn_file_actions_destroy                                       \
	libspawn_posix_spawn_file_actions_destroy
#define posix_spawn_file_actions_addopen                                       \
	libspawn_posix_spawn_file_actions_addopen
#define posix_spawn_file_actions_adddup2                                       \
	libspawn_posix_spawn_file_actions_adddup2
#define posix_spawn_file_actions_addclose                                      \
	libspawn_posix_spawn_file_actions_addclose
#define posix_spawn_file_actions_addchdir                                      \
	libspawn_posix_spawn_file_actions_addchdir
#define posix_spawn_file_actions_addchdir_np                                   \
	libspawn_posix_spawn_file_actions_addchdir_np
#define posix_spawn_file_actions_addfchdir                                     \
	libspawn_posix_spawn_file_actions_addfchdir
#define posix_spawn_file_actions_addfchdir_np                                  \
	libspawn_posix_spawn_file_actions_addfchdir_np
#define posix_spawn_file_actions_addclosefrom_np                               \
	libspawn_posix_spawn_file_actions_addclosefrom_np
#define posix_spawn_file_actions_addtcsetpgrp_np                               \
	libspawn_posix_spawn_file_actions_addtcsetpgrp_np
#define posix_spawnattr_init libspawn_posix_spawnattr_init
#define posix_spawnattr_destroy libspawn_posix_spawnattr_destroy
#define posix_spawnattr_setflags libspawn_posix_spawnattr_setflags
#define posix_spawnattr_getflags libspawn_posix_spawnattr_getflags
#define posix_spawnattr_setpgroup libspawn_posix_spawnattr_setpgroup
#define posix_spawnattr_getpgroup libspawn_posix_spawnattr_getpgroup
#define posix_spawnattr_setsigdefault libspawn_posix_spawnattr_setsigdefault
#define posix_spawnattr_getsigdefault libspawn_posix_spawnattr_getsigdefault
#define posix_spawnattr_setsigmask libspawn_posix_spawnattr_setsigmask
#define posix_spawnattr_getsigmask libspawn_posix_spawnattr_getsigmask
#define posix_spawnattr_setschedpolicy libspawn_posix_spawnattr_setschedpolicy
#define posix_spawnattr_getschedpolicy libspawn_posix_spawnattr_getschedpolicy
#define posix_spawnattr_setschedparam libspawn_posix_spawnattr_setschedparam
#define posix_spawnattr_getschedparam libspawn_posix_spawnattr_getschedparam
#define posix_spawnattr_setcgroup_np libspawn_posix_spawnattr_setcgroup_np
#define posix_spawnattr_getcgroup_np libspawn_posix_spawnattr_getcgroup_np
/* Words that other things are called too: as calls only. */
#define system(command) libspawn_system(command)
#define popen(command, mode) libspawn_popen(command, mode)
#define pclose(file) libspawn_pclose(file)
#endif

#endif
