/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer's parts. fuzz_world: what is so before a start, and was made to be
 * told apart. fuzz_request: a request at random, with a meaning or without.
 * fuzz_model: what libspawn.h says must come of it, from reading the header
 * alone and not the library.
 */
#ifndef TESTS_FUZZ_MODEL_H
#define TESTS_FUZZ_MODEL_H

#include <stdint.h>

#include <libspawn.h>

enum {
	FUZZ_FDS = 64,	/* a start may open or name those below */
	FUZZ_FILES = 6, /* f0 ... f5 in the directory */
	FUZZ_FIRST_FILE = 10,
	FUZZ_FIRST_DIRECTORY = 20, /* d0, d1 */
	FUZZ_PROBE = 22,
	FUZZ_OUT = 25, /* where the probe's answers go */
	FUZZ_RLIMITS = 16,
	FUZZ_LIST = 12,
	FUZZ_TAIL = 64
};

/* ---- world.c ------------------------------------------------------------- */

struct fuzz_identity {
	uint64_t device;
	uint64_t inode;
};

struct fuzz_fd {
	struct fuzz_identity identity;
	int is_open;
	int is_cloexec;
};

struct fuzz_world {
	char directory[64];
	char probe[4096];
	char good_path[8192]; /* "PATH=..." with the probe's directory in it */
	struct fuzz_fd fds[FUZZ_FDS];
	struct fuzz_identity here;
	struct fuzz_identity directories[2];
	struct fuzz_identity null_device;
	uint64_t mask;
	uint64_t ignored;
	uint64_t slack;
	uint64_t cpus; /* those this process may use, of the first 64 */
	uint64_t rlimits[FUZZ_RLIMITS][2];
	uint32_t umask;
	int nice;
	int policy;
	int io_priority;
	int oom_score_adj;
	int no_new_privs;
	int has_seccomp;
	int has_pidfd;
	int has_terminals;
	int has_posix_spawn;
	int can_go_on; /* while a child of clone() shares the memory */
	int can_set_groups;
};

/* Makes the directory, the files and the descriptors; enters the directory. */
int fuzz_world_make(struct fuzz_world *world, const char *probe);
/* Looks at what may have changed: descriptors, mask, umask, ... */
void fuzz_world_look(struct fuzz_world *world);
void fuzz_world_remove(const struct fuzz_world *world);
/* Zeros for what does not exist. */
struct fuzz_identity fuzz_identity_of(const char *path);

/* ---- request.c ----------------------------------------------------------- */

struct fuzz_random {
	uint64_t state;
};

uint32_t fuzz_below(struct fuzz_random *random, uint32_t bound);
int fuzz_chance(struct fuzz_random *random, uint32_t percent);

struct fuzz_request {
	/* The tail is what an options struct of a later version has. */
	struct {
		struct libspawn_options options;
		unsigned char tail[FUZZ_TAIL];
	} sized;
	struct libspawn_fd fds[FUZZ_LIST];
	int32_t ends[FUZZ_LIST];
	struct libspawn_rlimit rlimits[FUZZ_LIST];
	uint32_t cpus[FUZZ_LIST];
	uint32_t groups[FUZZ_LIST];
	struct libspawn_bpf filter[1];
	char *env[FUZZ_LIST];
	char *env_set[FUZZ_LIST];
	char *env_unset[FUZZ_LIST];
	char search_list[8192];
	char path_word[8192]; /* as the world's good_path */
	const char *program;
	char *argv[FUZZ_LIST];
	char out_word[8]; /* "@N" */
	int out_fd;
	int begins; /* by libspawn_begin() and libspawn_finish() */
	int has_argv;
	int has_options;
};

void fuzz_request_make(struct fuzz_request *request,
		       const struct fuzz_world *world,
		       struct fuzz_random *random);

/* ---- model.c ------------------------------------------------------------- */

enum fuzz_verdict { FUZZ_MUST_START, FUZZ_MUST_FAIL, FUZZ_EITHER };

/* What a descriptor of the child is. */
/* Both ends of a pipe are one file, those of a pair of sockets are not. */
enum fuzz_kind {
	FUZZ_CLOSED,
	FUZZ_FILE,
	FUZZ_PIPE,
	FUZZ_TERMINAL,
	FUZZ_SOCKET
};

struct fuzz_expected_fd {
	enum fuzz_kind kind;
	struct fuzz_identity identity; /* FILE */
	uint32_t row;		       /* PIPE, TERMINAL: whose end it is */
};

struct fuzz_expectation {
	enum fuzz_verdict verdict;
	const char *reason;		 /* of the verdict, for the report */
	struct libspawn_options options; /* what of them counts */
	struct fuzz_expected_fd fds[FUZZ_FDS];
	struct fuzz_identity cwd;
	uint64_t mask;
	uint64_t ignored;
	uint64_t slack;
	uint64_t cpus;
	uint64_t rlimits[FUZZ_RLIMITS][2];
	uint32_t umask;
	uint32_t env_count;
	char *env[4 * FUZZ_LIST];
	char pid_variable[64]; /* in env; known when it has started */
	int new_session;
	int new_group;
	int nice;
	int policy;
	int io_priority; /* -1: whatever the kernel makes of it */
	int oom_score_adj;
	int no_new_privs;
	int seccomp;
	int death_signal;
};

/* table.c: the descriptors; NULL, or why there can be none such. */
const char *fuzz_model_table(struct fuzz_expectation *e,
			     const struct fuzz_world *world);
/* All of it. */
void fuzz_model(struct fuzz_expectation *expected,
		const struct fuzz_request *request,
		const struct fuzz_world *world);
/*
 * Whether it depends who takes what is begun: one after the other is asked who
 * can do it without waiting.
 */
int fuzz_backend_is_open(const struct fuzz_expectation *expected,
			 const struct fuzz_request *request,
			 const struct fuzz_world *world);

#endif
