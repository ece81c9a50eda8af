/* SPDX-License-Identifier: MIT */
/*
 * libspawn-workers: what fork() without exec is used for, safe with threads.
 *
 * A *worker* is this very program, started again by libspawn, in which a
 * function that the program has named runs. It inherits nothing that was not
 * named, holds no lock of another thread, and is given data and a channel for
 * messages. A *pool* gives tasks to workers and replaces those that end. A
 * *template* is a worker that loads what is expensive once, while it has one
 * thread, and then forks workers on request.
 *
 *	#include <libspawn_workers.h>
 *	#include <stdio.h>
 *
 *	static int greet(struct libspawn_worker *self)
 *	{
 *		struct libspawn_message message = { .bytes = "hello",
 *						    .size = 5 };
 *
 *		return libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
 *	}
 *
 *	static const struct libspawn_function functions[] = {
 *		{ .name = "greet", .run = greet },
 *	};
 *
 *	int main(void)
 *	{
 *		int status = libspawn_worker_main(functions, 1);
 *		struct libspawn_worker *worker;
 *		struct libspawn_message message;
 *
 *		if (status >= 0)
 *			return status;
 *		if (libspawn_worker_start(&worker, "greet", NULL, NULL))
 *			return 1;
 *		if (libspawn_worker_receive(worker, &message, 1000) == 0)
 *			printf("%.*s\n", (int)message.size,
 *			       (const char *)message.bytes);
 *		return libspawn_worker_close(worker, 1000, NULL);
 *	}
 *
 * docs/workers.md is the guide. Words and rules are those of libspawn.h: errors
 * are positive errno values, a timeout is in milliseconds, 0 does not wait, and
 * one below 0 (LIBSPAWN_FOREVER) has no end. No function makes a thread,
 * installs a handler or raises SIGPIPE in the caller. A struct with a size may
 * grow at its end, as libspawn_options does; the others have their size for
 * ever. None is a cancellation point.
 *
 * Threads, of all functions that take a worker or a pool: different ones may be
 * used by different threads at the same time, one of them by one thread at a
 * time; but one thread may send to a worker while another receives from it.
 *
 * No worker outlives the caller: on Linux the kernel kills it when the last
 * descriptor of the caller's end of a pipe, its leash, is gone (docs/workers.md
 * says which copies to avoid). On other systems it ends when it next looks at
 * its channel.
 */
#ifndef LIBSPAWN_WORKERS_H
#define LIBSPAWN_WORKERS_H

#include <stddef.h>
#include <stdint.h>

#include "libspawn.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One end of a worker. In the caller it stands for the worker: its process and
 * the channel to it. In the worker (there called self) it stands for the
 * caller.
 */
struct libspawn_worker;

/* Workers that share tasks. */
struct libspawn_pool;

/* ---- Functions that run in workers ------------------------------------- */

/* The longest name of a function, in bytes without its NUL. */
#define LIBSPAWN_FUNCTION_NAME_MAX 63u

/* A function, by the name with which a worker is started. */
struct libspawn_function {
	const char *name;
	/* What it returns, 0 to 255, is the exit status of the worker. */
	int (*run)(struct libspawn_worker *self);
	void *spare[2]; /* NULL */
};

/*
 * The exit status of a worker that has no function to run: the hand-over could
 * not be read. Where it could, a message with the reason goes before it.
 */
#define LIBSPAWN_WORKER_LOST 125

/* ---- Messages ---------------------------------------------------------- */

/* Most descriptors of one message. */
#define LIBSPAWN_MESSAGE_FDS_MAX 32u

/*
 * A message: bytes, descriptors, a number. It arrives whole or not at all.
 *
 * One that is sent is borrowed until the call returns; its descriptors stay the
 * sender's. Of one that was received, bytes and fds are the library's until the
 * next receive from, or the close of, the same worker; the descriptors
 * themselves are the receiver's, who closes them. They are close-on-exec.
 */
struct libspawn_message {
	uint64_t size;	    /* bytes at bytes; 0: an empty message */
	uint64_t tag;	    /* a number of the sender's own; it arrives */
	const void *bytes;  /* of a received one, aligned for any type */
	const int32_t *fds; /* fd_count descriptors */
	uint32_t fd_count;  /* 0 to LIBSPAWN_MESSAGE_FDS_MAX */
	uint32_t spare;	    /* 0 */
};

/* ---- Starting a worker ------------------------------------------------- */

/* libspawn_worker_how.flags: block_fd counts. */
#define LIBSPAWN_WORKER_BLOCK 1u
/*
 * libspawn_template_fork(): does not wait until the worker is there. What went
 * wrong with it is then told by the first function that uses it.
 */
#define LIBSPAWN_WORKER_LATER 2u

/* How a worker is started; all-zero: with nothing but a channel. */
struct libspawn_worker_how {
	uint32_t size;	/* sizeof(struct libspawn_worker_how) */
	uint32_t flags; /* LIBSPAWN_WORKER_..., or'ed */
	/*
	 * Bytes at data, which the worker finds by libspawn_worker_data(). A
	 * few are copied; many go through shared memory that is made for this
	 * start. To share one block among workers: block_fd.
	 */
	uint64_t data_size;
	/* The largest message either way, in bytes; 0: 1 MiB. */
	uint64_t message_max;
	const void *data;
	/*
	 * As of libspawn_start(): limits, user, cgroup, seccomp, Landlock and
	 * all else. The table of descriptors says what it inherits besides its
	 * standard streams. Not with LIBSPAWN_INHERIT_FDS, LIBSPAWN_DETACH
	 * (EINVAL). With CLONE_NEWPID in new_namespaces LIBSPAWN_INIT is added,
	 * since no leash ends the first process there. A filter must also allow
	 * what docs/workers.md lists.
	 */
	const struct libspawn_options *options;
	/*
	 * NULL: this very program, also if its file was replaced or deleted
	 * since (Linux). Or the path of another that calls
	 * libspawn_worker_main(), for a plugin whose host does not.
	 */
	const char *program;
	/* NULL: its own name and that of the function. */
	char *const *argv;
	/* What libspawn_block_create() made, with LIBSPAWN_WORKER_BLOCK. */
	int32_t block_fd;
	/* Most descriptors of a message from the worker; 0: it may send none */
	uint32_t message_fds;
};

/*
 * libspawn_error.step of the functions below, where the step is not one of
 * enum libspawn_step. Append-only.
 */
enum libspawn_worker_step {
	/* The how: size, flags, data, limits of messages, block. */
	LIBSPAWN_WORKER_STEP_HOW = 1000,
	/* The program has not called libspawn_worker_main(). */
	LIBSPAWN_WORKER_STEP_MAIN = 1001,
	/* No function has this name, or the name is too long. */
	LIBSPAWN_WORKER_STEP_FUNCTION = 1002,
	/*
	 * Which program this is can't be told: no /proc (ENOENT), or a system
	 * that doesn't tell (ENOTSUP). Otherwise its file was not to be opened.
	 */
	LIBSPAWN_WORKER_STEP_PROGRAM = 1003,
	/* The socket pair, the leash, or sending what is handed over. */
	LIBSPAWN_WORKER_STEP_CHANNEL = 1004,
	/* The memory that data is handed over in. */
	LIBSPAWN_WORKER_STEP_DATA = 1005,
	/* It has ended, or refuses. */
	LIBSPAWN_WORKER_STEP_TEMPLATE = 1006,
	/* It has another thread: a fork would not be safe. EDEADLK. */
	LIBSPAWN_WORKER_STEP_THREADS = 1007,
};

/* libspawn_worker_way(): how a worker came to be. */
enum libspawn_worker_way {
	LIBSPAWN_WORKER_WAY_START = 1, /* by libspawn_start() */
	/* Forked by a template, as a child of the caller: CLONE_PARENT. */
	LIBSPAWN_WORKER_WAY_SIBLING = 2,
	/* The same, as a child of the template, which tells its end. */
	LIBSPAWN_WORKER_WAY_GRANDCHILD = 3,
};

/* ---- Pools ------------------------------------------------------------- */

/* libspawn_pool_how.flags: results come in the order of their tasks. */
#define LIBSPAWN_POOL_IN_ORDER 1u

/* How a pool works. */
struct libspawn_pool_how {
	uint32_t size;	/* sizeof(struct libspawn_pool_how) */
	uint32_t flags; /* LIBSPAWN_POOL_..., or'ed */
	/* For how long a worker may have one task; 0: for ever. Then killed. */
	int64_t task_timeout_ms;
	/*
	 * A worker that has had more memory than this is replaced after its
	 * task, in KiB of resident memory at its peak; 0: never. getrusage(2).
	 */
	uint64_t max_rss_kib;
	/*
	 * What its workers run: a function that calls
	 * libspawn_worker_serve(). Both are copied, what worker points to is
	 * borrowed until the pool is closed.
	 */
	const char *function;
	const struct libspawn_worker_how *worker;
	/*
	 * NULL, or a function that calls libspawn_template_serve(): its pool
	 * draws its workers from it, and starts it anew when it has ended.
	 * worker->options, program and argv must be NULL then.
	 */
	const char *template_function;
	const struct libspawn_worker_how *template_how;
	/* At most so many at once, 1 to 4096, and as many that are ending. */
	uint32_t workers;
	/*
	 * Most tasks that have been submitted and whose outcome has not been
	 * collected; 0: four for each worker.
	 */
	uint32_t tasks_max;
	uint32_t tasks_per_worker; /* replaced after so many; 0: never */
	uint32_t reserved;	   /* 0 */
};

/* How a task has ended. */
enum libspawn_outcome_kind {
	LIBSPAWN_OUTCOME_RESULT = 1, /* bytes, fds: what the task returned */
	LIBSPAWN_OUTCOME_FAILED = 2, /* code: what its function returned */
	/* The worker ended before it answered; status says how. */
	LIBSPAWN_OUTCOME_ENDED = 3,
	LIBSPAWN_OUTCOME_DEADLINE = 4, /* its time was up; worker killed */
	/* The worker sent what it may not, and was killed. code: errno. */
	LIBSPAWN_OUTCOME_REFUSED = 5,
	/* It never began: no worker could be started. code: errno. */
	LIBSPAWN_OUTCOME_NO_WORKER = 6,
	LIBSPAWN_OUTCOME_CANCELLED = 7, /* by libspawn_pool_cancel() */
};

/* The end of one task. bytes and fds as of a message received. */
struct libspawn_outcome {
	uint64_t tag; /* that of the task */
	uint64_t size;
	const void *bytes; /* the library's until the next collect or close */
	const int32_t *fds;
	uint32_t fd_count;
	uint32_t kind;		       /* enum libspawn_outcome_kind */
	int32_t code;		       /* see there; else 0 */
	int32_t pid;		       /* of the worker that had it; else 0 */
	struct libspawn_status status; /* ENDED; else all 0 */
};

/* What a pool has done so far. */
struct libspawn_pool_figures {
	uint64_t submitted;
	uint64_t collected;
	uint64_t workers_started;
	uint64_t templates_started;
	uint32_t workers;  /* that are there now */
	uint32_t waiting;  /* tasks that no worker has yet */
	uint64_t spare[2]; /* 0 */
};

/* ---- Functions: workers ------------------------------------------------ */

/*
 * Be a worker, if this process was started as one. The first thing that main()
 * does, before there is a second thread.
 *
 * In a worker it takes over what was handed over, and leaves no variable and no
 * inheritable descriptor of that; runs the function, and returns when that
 * has. In any other process it notes the functions and returns at once. A
 * program with rights that the caller has not (set-user-ID, set-group-ID, file
 * capabilities) refuses to be its worker.
 *
 *   functions  all that run in workers; borrowed for ever
 *   count      how many
 *
 * Returns   -1: this is no worker, go on; else the status to return from
 *           main() at once: what the function returned, or
 *           LIBSPAWN_WORKER_LOST
 * Owns      nothing.
 * Threads   one, once. It may be called by a constructor of a shared library.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_main(const struct libspawn_function *functions,
				      size_t count);

/*
 * Start a worker.
 *
 * Returns when the program has been executed; whether the function was found
 * in it is told by the first receive. A program that has not called
 * libspawn_worker_main() is refused, so that no program starts itself for ever.
 *
 *   worker    receives the worker; written on success only
 *   function  its name
 *   how       NULL for all-zero
 *   error     NULL, or receives the reason; written on failure only
 *
 * Returns   0, or an errno value, the same as error->code:
 *           EINVAL     an argument is NULL; a field of how has no meaning;
 *                      this program has not called libspawn_worker_main()
 *           ENOENT     it knows no such function; or there is no /proc
 *                      (STEP_PROGRAM)
 *           ENAMETOOLONG
 *                      the name of the function
 *           EPERM      block_fd is not sealed
 *           ENOTSUP    this system can't tell which program this is: name it
 *           E2BIG      how->size exceeds what is known and the rest is not 0
 *           EMFILE, ENFILE, ENOMEM
 *                      no descriptors or memory
 *           otherwise  as libspawn_start()
 * Owns      how is borrowed until return. The worker is the caller's, until
 *           libspawn_worker_close(): a process, and two or three descriptors.
 * Threads   any thread, concurrently.
 * Signals   as libspawn_start().
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_start(struct libspawn_worker **worker,
				       const char *function,
				       const struct libspawn_worker_how *how,
				       struct libspawn_error *error);

/*
 * Send a message to the other end.
 *
 *   worker      the worker, or self
 *   message     what to send
 *   timeout_ms  for how long to wait while the other does not receive
 *
 * Returns   0 if it was sent, or an errno value, and then it was not:
 *           ETIMEDOUT  the other does not receive
 *           EPIPE      the other has ended, or closed its end:
 *                      libspawn_worker_wait() says how
 *           EMSGSIZE   it is larger than the limit, or has too many fds
 *           EPROTO     a message was cut short before; not on Linux
 *           EINVAL     an argument is NULL
 *           EBADF      a descriptor is not open
 *           ETOOMANYREFS, EMFILE, ENFILE, ENOMEM
 *                      no descriptors or memory to send it with
 * Owns      nothing; message is borrowed until return.
 * Threads   see above.
 * Signals   not async-signal-safe. Never raises SIGPIPE.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_send(struct libspawn_worker *worker,
				      const struct libspawn_message *message,
				      int64_t timeout_ms);

/*
 * Receive a message from the other end.
 *
 * What does not look as a message does, is larger than the limit, or has more
 * descriptors than how->message_fds, is refused: it is thrown away, its
 * descriptors are closed, and the channel takes nothing more.
 *
 *   worker      the worker, or self
 *   message     receives it; written on success only
 *   timeout_ms  for how long to wait for one
 *
 * Returns   0, or an errno value:
 *           ETIMEDOUT  none has come
 *           EPIPE      none will come: the other has ended, or closed its end;
 *                      libspawn_worker_wait() says how
 *           EPROTO     what came is no message, or not of this library
 *           EMSGSIZE   it is larger than the limit, or has too many fds
 *           EMFILE     no room for its descriptors, or for the one that holds
 *                      a large message: it is lost, those after it are not
 *           ENOMEM     no memory for it
 *           ENOENT     the worker knows no such function
 *           EPERM      its program has rights that this process has not, and
 *                      so is nobody's worker
 *           EDEADLK, or another that the template had
 *                      it was not forked: libspawn_worker_describe() says why
 *           EINVAL     an argument is NULL
 * Owns      see struct libspawn_message.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_receive(struct libspawn_worker *worker,
					 struct libspawn_message *message,
					 int64_t timeout_ms);

/*
 * Tell the descriptor to poll(2) for: readable when a receive that does not
 * wait has something to tell, or when the beginning of a message has come: then
 * it may still be ETIMEDOUT.
 *
 * Returns   the descriptor, or -1 if worker is NULL
 * Owns      nothing: it stays the library's; only poll it.
 * Threads   any thread.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int32_t libspawn_worker_fd(const struct libspawn_worker *worker);

/*
 * Tell the process of a worker, to signal it or look at it.
 *
 * Returns   the process; NULL for self, for a worker of a template that is not
 *           there yet, and for LIBSPAWN_WORKER_WAY_GRANDCHILD
 * Owns      nothing: it stays the library's. Wait by libspawn_worker_wait().
 * Threads   see above.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API struct libspawn_process *
libspawn_worker_process(struct libspawn_worker *worker);

/*
 * Tell how a worker came to be: enum libspawn_worker_way; 0 if it is not known
 * yet, or for self.
 *
 * Returns   the way
 * Owns      nothing.
 * Threads   see above.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API uint32_t libspawn_worker_way(const struct libspawn_worker *worker);

/*
 * Tell the data that was handed over.
 *
 *   self  the worker's own end
 *   size  receives the bytes; 0 if there are none
 *
 * Returns   the first byte, aligned for any type and not to be written; NULL
 *           if there is none
 * Owns      nothing: it stays until the function returns.
 * Threads   any thread.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API const void *
libspawn_worker_data(const struct libspawn_worker *self, uint64_t *size);

/*
 * Wait for a worker to end. It does not end by being waited for: see close.
 *
 *   worker      the worker
 *   timeout_ms  for how long
 *   status      NULL, or receives the end; written on success only
 *
 * Returns   0, or an errno value:
 *           ETIMEDOUT  it is still running
 *           ECHILD     it is lost, see LIBSPAWN_END_LOST; or it never was:
 *                      its template did not fork it
 *           EINTR      a signal was caught, and its options have
 *                      LIBSPAWN_INTERRUPTIBLE
 *           EINVAL     worker is NULL, or is self
 * Owns      nothing.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_wait(struct libspawn_worker *worker,
				      int64_t timeout_ms,
				      struct libspawn_status *status);

/*
 * Close a worker: close the channel, wait for its end, kill it if that has not
 * come by then, reap it, free all.
 *
 *   worker    NULL does nothing
 *   grace_ms  for how long it may go on; 0: it is killed at once
 *   status    NULL, or receives the end; FORCED if it had to be killed
 *
 * Returns   0, or an errno value; the worker is closed in any case:
 *           ECHILD  as libspawn_worker_wait()
 *           EINVAL  worker is self; nothing was done
 *           EPERM   it runs as another user, could not be killed and has not
 *                   ended within a second without its leash: it is left
 * Owns      the worker is gone.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_close(struct libspawn_worker *worker,
				       int64_t grace_ms,
				       struct libspawn_status *status);

/*
 * Say in one sentence what has become of a worker, such as "worker 'resize'
 * (pid 4711) was ended by signal 9".
 *
 *   text    receives the sentence, always ended by a NUL if size > 0
 *   size    bytes at text; 0 to ask for the length only
 *   worker  the worker, or self
 *
 * Returns   the length in bytes without the NUL; if >= size, text was cut
 * Owns      nothing.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API size_t libspawn_worker_describe(
	char *text, size_t size, const struct libspawn_worker *worker);

/*
 * Say in one sentence why a worker, a template or a pool was not started.
 *
 *   text, size  as in libspawn_worker_describe()
 *   error       what the function wrote
 *   function, how
 *               what it was called with; each may be NULL
 *
 * Returns   the length in bytes without the NUL; if >= size, text was cut
 * Owns      nothing.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API size_t libspawn_worker_explain(
	char *text, size_t size, const struct libspawn_error *error,
	const char *function, const struct libspawn_worker_how *how);

/* ---- Functions: blocks ------------------------------------------------- */

/*
 * Make a block of memory that any number of workers map without copying it,
 * and nobody can change any more. Linux: a sealed memfd; elsewhere shared
 * memory without a name.
 *
 *   fd     receives its descriptor, close-on-exec; written on success only
 *   bytes  what is in it
 *   size   how many bytes; 0 is EINVAL
 *
 * Returns   0, or an errno value: EINVAL, ENOMEM, EMFILE, ENFILE, ENOSPC;
 *           ENOSYS, EPERM where the system or a filter has no memfd_create(2)
 * Owns      bytes is borrowed until return; fd is the caller's.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_block_create(int32_t *fd, const void *bytes,
				       uint64_t size);

/*
 * Map a block for reading: one that came with a message, say.
 *
 *   bytes  receives its address; written on success only
 *   size   receives its size; written on success only
 *   fd     the block
 *
 * Returns   0, or an errno value:
 *           EPERM   it is not sealed (Linux): who made it could cut it short
 *                   under its readers
 *           EINVAL  an argument is NULL; it is empty
 *           otherwise  what mmap(2) returned
 * Owns      the mapping is the caller's, until libspawn_block_unmap(). fd may
 *           be closed before.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_block_map(const void **bytes, uint64_t *size,
				    int32_t fd);

/*
 * Unmap a block.
 *
 *   bytes, size  what libspawn_block_map() told; NULL does nothing
 *
 * Returns   nothing.
 * Owns      the mapping is gone.
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API void libspawn_block_unmap(const void *bytes, uint64_t size);

/* ---- Functions: templates ---------------------------------------------- */

/*
 * Be a template: say that all is loaded, and fork a worker for each request,
 * until the caller closes. Called by a worker's function, which returns what
 * this returns: in the template, and in each worker that it has forked.
 *
 * In a worker it forked, the function that was asked for runs in here. That one
 * has the template's memory, working directory, ids, limits and signals, its
 * own channel and data, and no channel of the template. pthread_atfork()
 * handlers don't run.
 *
 * The template may exchange messages with the caller before. It does not fork
 * while it has a second thread: that request is refused. Buffers of stdio are
 * in every copy: flush them first.
 *
 *   self  the template's end
 *
 * Returns   the status for the function to return
 * Owns      nothing.
 * Threads   one, and there is no other.
 * Signals   not async-signal-safe. SIGCHLD is not its to care for: if it is
 *           ignored, nobody knows how a child of the template's own has ended.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_template_serve(struct libspawn_worker *self);

/*
 * Have a template fork a worker, as a child of the caller where the system can:
 * libspawn_worker_way() says.
 *
 *   worker      receives the worker; written on success only
 *   from        the template: a worker whose function calls
 *               libspawn_template_serve()
 *   function    what the new worker runs
 *   how         NULL for all-zero; options, program and argv must be NULL
 *   timeout_ms  for how long to wait until the template is ready and has
 *               forked; with LIBSPAWN_WORKER_LATER, until it is ready
 *   error       NULL, or receives the reason; written on failure only
 *
 * Returns   0, or an errno value, the same as error->code:
 *           EPIPE      the template has ended (STEP_TEMPLATE); start another
 *           ETIMEDOUT  it was not ready, or did not fork
 *           EDEADLK    it has a second thread (STEP_THREADS): its name is in
 *                      libspawn_worker_describe() of the template
 *           EINVAL     an argument is NULL; a field of how has no meaning
 *           ENOENT, ENAMETOOLONG
 *                      it knows no such function
 *           EPROTO     it sent something else than a template does
 *           EAGAIN, ENOMEM
 *                      it could not fork; or too many are on their way
 *           otherwise  as libspawn_worker_start()
 * Owns      as libspawn_worker_start(). The worker needs its template no more.
 * Threads   see above, of the template.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_template_fork(struct libspawn_worker **worker,
					struct libspawn_worker *from,
					const char *function,
					const struct libspawn_worker_how *how,
					int64_t timeout_ms,
					struct libspawn_error *error);

/* ---- Functions: pools -------------------------------------------------- */

/*
 * Be a worker of a pool: do tasks until the caller closes.
 *
 *   self     the worker's end
 *   task     does one task: reads it, fills in the result (all-zero before)
 *            and returns 0; or returns a number above 0, which comes out as
 *            LIBSPAWN_OUTCOME_FAILED. What the result points to must live
 *            until it is called again or this returns. Descriptors of the task
 *            are its own to close, those of the result are closed here
 *   context  its first argument
 *
 * Returns   the status for the function to return: 0, or 1 if the channel broke
 * Owns      nothing.
 * Threads   one.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_worker_serve(
	struct libspawn_worker *self,
	int (*task)(void *context, const struct libspawn_message *given,
		    struct libspawn_message *result),
	void *context);

/*
 * Open a pool. Its workers are started when there are tasks for them.
 *
 *   pool   receives it; written on success only
 *   how    how it works; function and workers must be set
 *   error  NULL, or receives the reason; written on failure only
 *
 * Returns   0, or an errno value, the same as error->code: those of
 *           libspawn_worker_start() that can be told without starting one
 * Owns      see struct libspawn_pool_how. The pool is the caller's, until
 *           libspawn_pool_close().
 * Threads   any thread, concurrently.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_pool_open(struct libspawn_pool **pool,
				    const struct libspawn_pool_how *how,
				    struct libspawn_error *error);

/*
 * Give a task to a pool. Each one that was taken ends exactly once, and its
 * outcome is collected exactly once; none is done a second time.
 *
 *   pool        the pool
 *   task        it is copied, its descriptors too; its tag is in the outcome
 *   timeout_ms  for how long to wait while as many are under way as may be and
 *               no outcome is there to be collected
 *
 * Returns   0, or an errno value, and then it was not taken:
 *           ETIMEDOUT  too many are under way
 *           EAGAIN     the same, and an outcome waits to be collected
 *           EMSGSIZE   it is larger than the limit of messages, or has too
 *                      many descriptors
 *           EBADF      one of its descriptors is not open
 *           EINVAL     an argument is NULL
 *           ENOMEM, EMFILE
 *                      no memory or descriptors for the copy
 * Owns      task is borrowed until return.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_pool_submit(struct libspawn_pool *pool,
				      const struct libspawn_message *task,
				      int64_t timeout_ms);

/*
 * Collect the outcome of a task: as they come, or with LIBSPAWN_POOL_IN_ORDER
 * in the order of the tasks.
 *
 *   pool        the pool
 *   outcome     receives it; written on success only
 *   timeout_ms  for how long to wait for one
 *
 * Returns   0, or an errno value:
 *           ETIMEDOUT  none is there yet
 *           ENOENT     all have been collected
 *           EINVAL     an argument is NULL
 *           ENOMEM     no memory to wait with
 * Owns      see struct libspawn_outcome; its descriptors are the caller's.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int libspawn_pool_collect(struct libspawn_pool *pool,
				       struct libspawn_outcome *outcome,
				       int64_t timeout_ms);

/*
 * Tell a descriptor for an event loop: readable when something has happened in
 * the pool. Then call libspawn_pool_collect() with a timeout of 0 until it says
 * ETIMEDOUT or ENOENT.
 *
 *   pool  the pool
 *
 * Returns   the descriptor, or a negative errno value:
 *           -EINVAL    pool is NULL
 *           -EMFILE, -ENFILE, -ENOMEM, -ENOSPC
 *                      no descriptors, memory or watches for it
 * Owns      nothing: it stays the library's; only poll it.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API int32_t libspawn_pool_fd(struct libspawn_pool *pool);

/*
 * Cancel all tasks whose outcome is not there: workers that have one are
 * killed. Their outcomes, CANCELLED, are there to be collected.
 *
 *   pool  NULL does nothing
 *
 * Returns   nothing.
 * Owns      nothing.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API void libspawn_pool_cancel(struct libspawn_pool *pool);

/*
 * Tell what a pool has done so far.
 *
 *   pool     the pool
 *   figures  receives it; all 0 if pool is NULL
 *
 * Returns   nothing.
 * Owns      nothing.
 * Threads   see above.
 * Signals   async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API void libspawn_pool_count(const struct libspawn_pool *pool,
				      struct libspawn_pool_figures *figures);

/*
 * Close a pool: its workers' channels are closed, and those that have not ended
 * by then are killed. Tasks whose outcome was not collected are forgotten:
 * collect them first, or cancel.
 *
 *   pool      NULL does nothing
 *   grace_ms  for how long all of them may go on; 0: they are killed at once
 *
 * Returns   nothing.
 * Owns      the pool is gone: no process, no descriptor, no memory is left.
 * Threads   see above.
 * Signals   not async-signal-safe.
 * Since     0.2
 */
LIBSPAWN_API void libspawn_pool_close(struct libspawn_pool *pool,
				      int64_t grace_ms);

#ifdef __cplusplus
}
#endif

#endif
