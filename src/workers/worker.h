/* SPDX-License-Identifier: MIT */
/*
 * A worker, as this library has it: in the caller its process and the channel
 * to it, in the worker itself the channel and what was handed over. What each
 * file gives the others.
 */
#ifndef LIBSPAWN_WORKERS_WORKER_H
#define LIBSPAWN_WORKERS_WORKER_H

#include <stdint.h>

#include <libspawn_workers.h>

#include "workers/frame.h"

/* The name of the variable that tells a worker its end of the channel. */
#define WORKER_VARIABLE "LIBSPAWN_WORKER"
#define WORKER_MESSAGE_MAX (UINT64_C(1) << 20)

enum {
	WORKER_NAME_ROOM = (int)LIBSPAWN_FUNCTION_NAME_MAX + 1,
	WORKER_REASON_ROOM = 64,
};

struct nursery;

struct libspawn_worker {
	struct libspawn_process process; /* pid 0: not known, or not a child */
	struct libspawn_status status;	 /* once it has ended */
	int32_t fd;
	/* The caller's end of the leash, or the worker's; or -1. */
	int32_t leash;
	uint32_t way;
	uint32_t is_self;
	uint32_t has_ended;    /* status is its end */
	uint32_t is_ready;     /* it has said that it is a template */
	uint32_t is_born;      /* it has said so, which a template forked */
	uint32_t has_own_pids; /* its numbers are not those of its caller */
	int refused;	       /* 0, or -errno: nothing more is received */
	int broken;	       /* the same for what is sent */
	uint64_t message_max;
	uint32_t fds_max;  /* of a message that is received */
	uint32_t fds_most; /* of one that is sent */
	char function[WORKER_NAME_ROOM];
	char reason[WORKER_REASON_ROOM]; /* a word on why it was refused */
	struct inbound inbound;
	/* self: what was handed over: mapped, or allocated */
	const void *data;
	uint64_t data_size;
	uint32_t data_is_mapped;
	/* Of a template, and of those who came from it; see nursery.h. */
	struct nursery *nursery;
	/* Whose template this is, or NULL. */
	struct nursery *own_nursery;
	int32_t cradle; /* whose word is to be read; or -1 */
	struct libspawn_worker *next_orphan;
	uint64_t grandchild; /* its pid, as its template has it */
};

/* What a worker is told first; the bytes of its data may follow. */
struct hello {
	uint64_t message_max;
	uint64_t data_size;
	uint32_t message_fds;
	uint32_t has; /* HELLO_HAS_..., in the order of its descriptors */
	char function[WORKER_NAME_ROOM];
};

#define HELLO_HAS_LEASH 1u
#define HELLO_HAS_BLOCK 2u
#define HELLO_HAS_NURSERY 4u

enum { HELLO_DATA_INSIDE = 16384, HELLO_FDS = 3 };

/* What is handed over, while it is on its way. */
struct hand_over {
	struct hello hello;
	const struct libspawn_worker_how *how;
	int32_t leash;	 /* the worker's end, or -1 */
	int32_t block;	 /* how->block_fd, or made here, or -1 */
	int32_t nursery; /* or -1 */
	uint32_t block_is_made;
};

/*
 * how.c: reads what the caller gave into *mine: 0, or -errno with the step in
 * *error, which is the caller's to return. `forbidden` flags are EINVAL.
 */
int libspawn__how_read(struct libspawn_worker_how *mine,
		       const struct libspawn_worker_how *given,
		       uint32_t forbidden);
/* A struct of another version of the header, as request/sized.h has it. */
int libspawn__how_copy(void *mine, size_t known, const void *given);
int libspawn__how_fail(struct libspawn_error *error, int code, int step);

/* hand_over.c: 0, or -errno; ended by the second whatever it was. */
int libspawn__hand_over_begin(struct hand_over *hand_over, const char *function,
			      const struct libspawn_worker_how *how);
void libspawn__hand_over_end(struct hand_over *hand_over);
/* Sends it, as a frame of this kind; descriptor `first` goes before its own. */
int libspawn__hand_over_send(const struct hand_over *hand_over,
			     const struct outlook *to, uint32_t kind,
			     int32_t first, uint64_t tag);
/*
 * The worker's side: takes what is its in the frame, from its descriptor number
 * `first` on. 0, or -errno; self holds what it has taken in any case.
 */
int libspawn__hand_over_take(struct libspawn_worker *self,
			     struct inbound *frame, uint32_t first);

/*
 * launch.c: whether this process may start that function: 0, or a positive
 * errno, with the step in *error.
 */
int libspawn__launch_judge(const char *function,
			   const struct libspawn_worker_how *how,
			   struct libspawn_error *error);

/* leash.c: both ends, the worker's first; both -1 where there is none. */
int libspawn__leash_make(int32_t ends[2]);
/* In the worker: from now on it dies with the other end. 0 or -errno. */
int libspawn__leash_arm(int fd);

/* functions.c: what libspawn_worker_main() was given. */
void libspawn__functions_note(const struct libspawn_function *functions,
			      size_t count);
int libspawn__functions_are_noted(void);
const struct libspawn_function *libspawn__functions_find(const char *name);
/* Runs it; what it returns as an exit status. */
int libspawn__functions_run(const struct libspawn_function *function,
			    struct libspawn_worker *self);

/* being.c: runs the function of self, or refuses with the code and reason. */
int libspawn__being_run(struct libspawn_worker *self, int code,
			const char *reason);

/* being_named.c: what ps(1) calls this process, where the system has that. */
void libspawn__being_name(const char *name);

/* own_program.c: the path of this program into room: 0 or -errno. */
int libspawn__own_program(char *room, size_t size);
/*
 * Whether a hand-over over this channel gives whoever made it no rights that he
 * has not: a set-user-ID program can be started by anybody.
 */
int libspawn__own_program_may_trust(int fd);

/* talk.c: all-zero but for what a new one has. NULL: no memory. */
struct libspawn_worker *libspawn__talk_make(void);
/* In the caller: what it runs, and the limits of its channel. */
void libspawn__talk_name(struct libspawn_worker *worker, const char *function,
			 const struct libspawn_worker_how *how);
void libspawn__talk_free(struct libspawn_worker *worker);
/* A frame that is no message of the wire's own. 0 or -errno. */
int libspawn__talk_send(struct libspawn_worker *worker, struct outbound *frame,
			int64_t moment);
/* The next frame that is not about the worker itself. 0 or -errno. */
int libspawn__talk_receive(struct libspawn_worker *worker, int64_t moment);
/* The same for one that is: takes it, and returns. */
int libspawn__talk_listen(struct libspawn_worker *worker, int64_t moment);
/* Listens until it is ready or born, or will not be. 0 or -errno. */
int libspawn__talk_await_ready(struct libspawn_worker *worker, int64_t moment);
int libspawn__talk_await_birth(struct libspawn_worker *worker, int64_t moment);
void libspawn__talk_tell(struct libspawn_message *message,
			 const struct inbound *frame);
/* Says over the channel why there will be no worker. */
void libspawn__talk_refuse(int fd, int code, const char *reason);

/*
 * birth.c: of one that a template forks; does nothing for one that was started.
 * Waits until it is known whether there is such a process: 0; -ETIMEDOUT;
 * -ECHILD if there is none.
 */
int libspawn__birth_settle(struct libspawn_worker *worker, int64_t moment);
/* The end of a template's child: 0, -ETIMEDOUT, -ECHILD. */
int libspawn__birth_await_end(struct libspawn_worker *worker, int64_t moment);
void libspawn__birth_kill(struct libspawn_worker *worker);

/* finish.c: waits until the moment: 0, -ETIMEDOUT, -ECHILD. */
int libspawn__finish_wait(struct libspawn_worker *worker, int64_t moment);
/* Kills it. 0 or -errno. */
int libspawn__finish_kill(struct libspawn_worker *worker);
/* One that nobody was told of: what there is of it goes. */
void libspawn__finish_abandon(struct libspawn_worker *worker);
/* Those that were closed before it was known whether they are there. */
void libspawn__finish_orphans(struct nursery *nursery, int64_t moment);

#endif
