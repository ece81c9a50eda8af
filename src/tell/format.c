/* SPDX-License-Identifier: MIT */
/*
 * Tells scripts and programs from what is neither, by the first bytes. A
 * machine is called foreign only by comparison with this very process.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tell/elf.h"
#include "tell/format.h"

enum { TYPE_EXECUTABLE = 2, TYPE_SHARED = 3 };

/* As the kernel cuts it: a CR is part of the name. */
static int script_runner(const char *head, char *path, size_t size)
{
	size_t length;

	if (head[0] != '#' || head[1] != '!')
		return 0;
	head += 2;
	head += strspn(head, " \t");
	length = strcspn(head, " \t\n");
	if (!length || length >= size)
		return 0;
	memcpy(path, head, length);
	path[length] = '\0';
	return 1;
}

/* "interpreter" or "loader" and its path; NULL if nothing is named. */
const char *libspawn__format_runner(const struct sight *sight, char *path,
				    size_t size)
{
	struct elf elf;

	if (script_runner(sight->head, path, size))
		return "interpreter";
	if (sight->fd >= 0 && libspawn__elf_read(&elf, sight->fd) &&
	    libspawn__elf_loader(&elf, sight->fd, path, size))
		return "loader";
	return NULL;
}

static int is_same_machine(const struct elf *a, const struct elf *b)
{
	return a->machine == b->machine && a->bits == b->bits &&
	       a->is_big == b->is_big;
}

/* A program for another machine, or one that no machine can execute. */
static int say_elf(const char *who, const struct sight *sight, char *text,
		   size_t size)
{
	const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf elf;
	struct elf own;
	const int is_known = fd >= 0 && libspawn__elf_read(&own, fd);
	char machine[64];
	char ours[64];

	if (fd >= 0)
		close(fd);
	if (!libspawn__elf_read(&elf, sight->fd))
		return snprintf(text, size,
				"%s is a program cut short or damaged", who);
	libspawn__elf_describe(&elf, machine, sizeof machine);
	if (elf.type != TYPE_EXECUTABLE && elf.type != TYPE_SHARED)
		return snprintf(text, size,
				"%s is an ELF file, but not a program (an "
				"object file, or a core dump)",
				who);
	if (!is_known || is_same_machine(&elf, &own))
		return 0;
	libspawn__elf_describe(&own, ours, sizeof ours);
	return snprintf(text, size,
			"%s is a program for %s; this process is one for %s",
			who, machine, ours);
}

/* Whether what has been read could be a text: no byte of it is a control. */
static int is_text(const struct sight *sight)
{
	size_t n;

	for (n = 0; n < sight->length; n++)
		if ((unsigned char)sight->head[n] < ' ' &&
		    !strchr("\t\n\r\f\033",
			    sight->head[n] ? sight->head[n] : 1))
			return 0;
	return 1;
}

static const char *what_is(const struct sight *sight)
{
	const char *head = sight->head;

	if (!sight->stat.st_size)
		return "is empty";
	if (!strncmp(head, "\357\273\277#!", 5))
		return "begins with a byte order mark, so that its '#!' is not "
		       "seen";
	if (!strncmp(head, "#!", 2))
		return strspn(head + 2, " \t") == strcspn(head + 2, "\n")
			       ? "names no interpreter after its '#!'"
			       : NULL;
	if (!strncmp(head, "MZ", 2))
		return "is perhaps a program for Windows (it begins with 'MZ')";
	if (sight->length && is_text(sight))
		return "is a text that does not begin with '#!' and an "
		       "interpreter";
	return NULL;
}

/* Above 0 if it has said why this can't be executed. */
int libspawn__format_explain(const char *who, const struct sight *sight,
			     char *text, size_t size)
{
	const char *what;

	if (sight->fd < 0)
		return 0;
	if (!memcmp(sight->head, "\177ELF", 4))
		return say_elf(who, sight, text, size) > 0;
	what = what_is(sight);
	if (what)
		snprintf(text, size, "%s %s", who, what);
	return what != NULL;
}
