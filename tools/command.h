/* SPDX-License-Identifier: MIT */
/*
 * The command line as read: the options for libspawn, the lists behind them,
 * and what concerns `spawn` alone. Filled by the setters one option at a time;
 * combinations.c then checks what concerns several options.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "mistake.h"
#include "pidfile.h"
#include "watcher.h"

#include <libspawn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum report_format {
	REPORT_NONE,
	REPORT_TEXT,
	REPORT_JSON,
};

enum help {
	HELP_NONE,
	HELP_PAGE, /* what is common, and the names of the rest */
	HELP_ALL,
};

/* What is done about supplementary groups; changing ids needs a decision. */
enum groups_choice {
	GROUPS_UNDECIDED,
	GROUPS_GIVEN,
	GROUPS_CLEARED,
	GROUPS_KEPT,
	GROUPS_OF_USER,
};

/* A growing array; whoever adds to it knows the type of its items. */
struct list {
	void *items;
	size_t count;
};

struct command {
	struct libspawn_options options;
	const char *program;
	char **argv;
	char *argv0;

	enum report_format report;
	enum groups_choice groups_choice;
	bool query;
	enum help help;
	bool version;
	bool search_given;
	uint32_t caps_given; /* GIVEN_...: sets of capabilities */
	bool pty;
	bool lends_terminal; /* --foreground on the terminal of spawn */
	int32_t lent_terminal;
	bool pipefail;
	int64_t timeout_us;    /* 0: none */
	int64_t kill_after_us; /* 0: never killed */
	struct pidfile pidfile;
	struct watching watching;
	const char *separator; /* of --pipe, or NULL */
	uint32_t stage_flags;  /* of libspawn_start_pipeline() */

	struct list stages;	   /* struct libspawn_stage */
	struct list stage_options; /* struct libspawn_options, one each */
	struct list stage_fds;	   /* struct libspawn_fd, of all of them */

	struct list fds;	/* struct libspawn_fd */
	struct list ends;	/* int32_t, one per row of fds */
	struct list opened;	/* int32_t, files of rows, until the start */
	struct list groups;	/* uint32_t */
	struct list rlimits;	/* struct libspawn_rlimit */
	struct list cpus;	/* uint32_t */
	struct list namespaces; /* int32_t */
	struct list env_set;	/* char * */
	struct list env_unset;	/* char * */
	struct list filters;	/* struct libspawn_filter */
	struct list nodes;	/* uint32_t */
	uint32_t filter_flags;	/* of all filters */

	struct libspawn_time_offsets time_offsets;
	struct libspawn_sched_attr sched_attr;
	struct libspawn_memory_policy memory_policy;

	struct list id_maps; /* struct libspawn_id_map */
	struct list mounts;  /* struct libspawn_mount */
	struct list paths;   /* char *, to be freed */

	struct {
		bool wanted;
		bool keeps_net;
		bool keeps_session;
		bool keeps_keyring;
	} sandbox;

	struct mistake mistake;
};

/* The same as mistaken(), for who has the whole command at hand. */
#define complain(command, ...) mistaken(&(command)->mistake, __VA_ARGS__)

/* Add a zeroed item of size bytes; its address, or NULL with a complaint. */
void *list_add(struct command *command, struct list *list, size_t size);

/* Keep an allocated path until the end: 0, or -1 with a complaint. */
int keep_path(struct command *command, char *path);

/* Free the lists. Descriptors opened for options live until exit. */
void command_release(struct command *command);

#endif
