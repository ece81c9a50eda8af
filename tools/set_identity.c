/* SPDX-License-Identifier: MIT */
/* Who the program runs as, in the manner of setpriv(1). */
#define _GNU_SOURCE
#include "names.h"
#include "setters.h"
#include "values.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* The id -1 means "no change" to the system calls. */
#define ID_LAST (UINT32_MAX - 1)

static int read_id(struct command *command, uint32_t *id, const char *word,
		   const char *noun)
{
	uint64_t number;

	if (!number_is(&number, word) || number > ID_LAST)
		return complain(command, "'%s' is not a %s", word, noun);
	*id = (uint32_t)number;
	return 0;
}

static int read_group(struct command *command, uint32_t *gid, const char *word)
{
	const struct group *entry = getgrnam(word);

	if (entry == NULL)
		return read_id(command, gid, word, "group");
	*gid = entry->gr_gid;
	return 0;
}

int set_uid(struct command *command, char *value)
{
	const struct passwd *entry = getpwnam(value);

	if (entry == NULL)
		return read_id(command, &command->options.uid, value, "user");
	command->options.uid = entry->pw_uid;
	return 0;
}

int set_gid(struct command *command, char *value)
{
	return read_group(command, &command->options.gid, value);
}

static int choose_groups(struct command *command, enum groups_choice choice)
{
	if (command->groups_choice != GROUPS_UNDECIDED &&
	    command->groups_choice != choice)
		return complain(command, "only one of --groups, --init-groups, "
					 "--clear-groups and --keep-groups");
	command->groups_choice = choice;
	return 0;
}

int set_groups(struct command *command, char *value)
{
	const char *cursor = value;
	char word[WORD_MAX];
	uint32_t *gid;
	int more;

	if (choose_groups(command, GROUPS_GIVEN))
		return -1;
	while ((more = next_word(&command->mistake, word, &cursor)) > 0) {
		gid = list_add(command, &command->groups, sizeof *gid);
		if (gid == NULL || read_group(command, gid, word))
			return -1;
	}
	return more;
}

int set_init_groups(struct command *command, char *value)
{
	(void)value;
	return choose_groups(command, GROUPS_OF_USER);
}

/* Room for twice as many, until it is enough. */
static int list_groups_of(struct command *command, const char *name, gid_t gid)
{
	struct list *groups = &command->groups;
	size_t more;
	int count;

	do {
		for (more = groups->count + 1; more > 0; more--)
			if (!list_add(command, groups, sizeof(uint32_t)))
				return -1;
		count = (int)groups->count;
	} while (getgrouplist(name, gid, groups->items, &count) < 0);
	groups->count = (size_t)count;
	return 0;
}

/* In another user namespace the number may be somebody else's. */
static bool is_own_user(const struct command *command)
{
	const struct libspawn_options *options = &command->options;

	return command->namespaces.count == 0 && options->unshare == 0 &&
	       options->uid == getuid() && options->uid == geteuid();
}

/* Those of the user, or none of one that has no entry. */
static int take_groups(struct command *command, const struct passwd *user)
{
	struct libspawn_options *options = &command->options;

	if (user == NULL && command->groups_choice == GROUPS_OF_USER)
		return complain(command, "--init-groups: nobody has the uid %u",
				(unsigned int)options->uid);
	options->flags |= LIBSPAWN_GROUPS;
	return user ? list_groups_of(command, user->pw_name, options->gid) : 0;
}

/* Another user has its own group and groups, unless told otherwise. */
static int take_user(struct command *command)
{
	struct libspawn_options *options = &command->options;
	const struct passwd *user = getpwuid(options->uid);

	if (!(options->flags & LIBSPAWN_GID)) {
		if (user == NULL)
			return complain(command,
					"nobody has the uid %u: add --gid",
					(unsigned int)options->uid);
		options->flags |= LIBSPAWN_GID;
		options->gid = user->pw_gid;
	}
	if (command->groups_choice == GROUPS_UNDECIDED ||
	    command->groups_choice == GROUPS_OF_USER)
		return take_groups(command, user);
	return 0;
}

int finish_groups(struct command *command)
{
	const struct libspawn_options *options = &command->options;
	const enum groups_choice choice = command->groups_choice;

	if (!(options->flags & LIBSPAWN_UID))
		return choice == GROUPS_OF_USER
			       ? complain(command, "--init-groups needs --uid")
			       : 0;
	if (choice == GROUPS_KEPT ||
	    (choice == GROUPS_UNDECIDED && is_own_user(command)))
		return 0;
	return take_user(command);
}

int set_clear_groups(struct command *command, char *value)
{
	(void)value;
	return choose_groups(command, GROUPS_CLEARED);
}

int set_keep_groups(struct command *command, char *value)
{
	(void)value;
	return choose_groups(command, GROUPS_KEPT);
}

/* One word of a set: all or a name, to be added (+, or nothing) or removed. */
static int change_set(struct command *command, uint64_t *set, const char *word,
		      uint64_t all)
{
	const char *name = word + (*word == '+' || *word == '-');
	uint64_t bits = all;
	int number;

	if (strcmp(name, "all") != 0) {
		if (read_name(&command->mistake, &number, name,
			      capability_number, 63, "capability"))
			return -1;
		bits = UINT64_C(1) << number;
	}
	*set = *word == '-' ? *set & ~bits : *set | bits;
	return 0;
}

enum { GIVEN_AMBIENT = 1, GIVEN_INHERITABLE = 2, GIVEN_BOUNDING = 4 };

/*
 * A list that begins with a removal removes from all, others add to none; one
 * that comes later does so from where the last has ended.
 */
static int read_capabilities(struct command *command, uint32_t given,
			     uint64_t *set, const char *list, uint64_t all)
{
	uint64_t changed = *list == '-' ? all : 0;
	char word[WORD_MAX];
	int more;

	if (command->caps_given & given)
		changed = *set;
	command->caps_given |= given;
	if (strcmp(list, "none") == 0) {
		*set = 0;
		return 0;
	}
	while ((more = next_word(&command->mistake, word, &list)) > 0)
		if (change_set(command, &changed, word, all))
			return -1;
	*set = changed;
	return more;
}

int set_ambient_caps(struct command *command, char *value)
{
	/* A capability that the kernel does not know would be refused. */
	uint64_t all = (UINT64_C(2) << capability_last()) - 1;

	return read_capabilities(command, GIVEN_AMBIENT,
				 &command->options.ambient_caps, value, all);
}

int set_inheritable_caps(struct command *command, char *value)
{
	uint64_t all = (UINT64_C(2) << capability_last()) - 1;

	return read_capabilities(command, GIVEN_INHERITABLE,
				 &command->options.inheritable_caps, value,
				 all);
}

int set_bounding_set(struct command *command, char *value)
{
	return read_capabilities(command, GIVEN_BOUNDING,
				 &command->options.bounding_caps, value,
				 UINT64_MAX);
}

int set_securebits(struct command *command, char *value)
{
	if (strcmp(value, "none") == 0) {
		command->options.securebits = 0;
		return 0;
	}
	return read_bits(&command->mistake, &command->options.securebits, value,
			 securebit_flag, "secure bit");
}
