/* SPDX-License-Identifier: MIT */
/*
 * Attributes of mounts where mount_setattr(2) is not known, before Linux 5.12:
 * mount by mount, each with what it had, from /proc/self/mountinfo. proc(5),
 * mount(2). A mount that another hides can't be reached, and is left alone.
 */
#define _GNU_SOURCE
#include <stddef.h>

#include "child/steps.h"
#include "child/sys.h"

#if SYS_IS_LINUX

enum { LONGEST_PATH = 4096, AT_A_TIME = 64 };
enum { REMOUNT = 0x20 | 0x1000 /* MS_REMOUNT | MS_BIND */ };
/* The words of a line before the place, without its first. */
enum { BEFORE_PLACE = 3 };

/* ---- Reading ------------------------------------------------------------ */

struct lines {
	int fd;
	long count;
	long at;
	char bytes[AT_A_TIME];
};

/* -1 at the end. */
static CHILD_CODE int next_of_line(struct lines *lines)
{
	if (lines->at == lines->count) {
		lines->count = sys_read(lines->fd, lines->bytes, AT_A_TIME);
		lines->at = 0;
		if (lines->count <= 0) {
			lines->count = 0;
			return -1;
		}
	}
	return (unsigned char)lines->bytes[lines->at++];
}

/* What ended it. */
static CHILD_CODE int skip_to(struct lines *lines, int end)
{
	int byte;

	do
		byte = next_of_line(lines);
	while (byte != end && byte != '\n' && byte >= 0);
	return byte;
}

/* And the space behind it; -1 where there is none. */
static CHILD_CODE long read_mount_id(struct lines *lines)
{
	long number = 0;
	int byte = next_of_line(lines);

	if (byte < 0)
		return -1;
	for (; byte >= '0' && byte <= '9'; byte = next_of_line(lines))
		number = number * 10 + (byte - '0');
	return number;
}

/* A space and its like are a backslash and three digits of an octal number. */
static CHILD_CODE int read_escaped(struct lines *lines)
{
	int byte = (next_of_line(lines) - '0') << 6;

	byte |= (next_of_line(lines) - '0') << 3;
	return byte | (next_of_line(lines) - '0');
}

/*
 * Into place, of which so many bytes are known; its length. 0 if it begins
 * otherwise: those are there still.
 */
static CHILD_CODE int read_place(struct lines *lines, char *place, int known)
{
	int length = 0;
	int is_same = 1;
	int byte;

	while ((byte = next_of_line(lines)) > ' ') {
		if (byte == '\\')
			byte = read_escaped(lines);
		if (length < known && place[length] != (char)byte)
			is_same = 0;
		if (is_same && length < LONGEST_PATH - 1)
			place[length++] = (char)byte;
	}
	if (length < known)
		return 0;
	place[length] = '\0';
	return length;
}

static CHILD_CODE int is_word(const char *word, const char *wanted)
{
	while (*word && *word == *wanted) {
		word++;
		wanted++;
	}
	return *word == *wanted;
}

/* Flags of mount(2). Those about times stay if none of them is given. */
static CHILD_CODE uint32_t flag_of(const char *word)
{
	if (is_word(word, "ro"))
		return 1;
	if (is_word(word, "nosuid"))
		return 2;
	if (is_word(word, "nodev"))
		return 4;
	if (is_word(word, "noexec"))
		return 8;
	return is_word(word, "nosymfollow") ? 256 : 0;
}

/* "rw,nosuid,relatime ", and the rest of the line. */
static CHILD_CODE uint32_t read_flags(struct lines *lines)
{
	char word[16];
	uint32_t flags = 0;
	unsigned length = 0;
	int byte;

	do {
		byte = next_of_line(lines);
		if (byte > ' ' && byte != ',') {
			if (length < sizeof word - 1)
				word[length++] = (char)byte;
			continue;
		}
		word[length] = '\0';
		flags |= flag_of(word);
		length = 0;
	} while (byte > ' ');
	if (byte == ' ')
		skip_to(lines, '\n');
	return flags;
}

struct mounted {
	long id;
	uint32_t flags;
	int length; /* of its place; 0: that begins otherwise */
};

/* 0 at the end. place has room for LONGEST_PATH, and so many are known. */
static CHILD_CODE int read_mounted(struct lines *lines, struct mounted *mounted,
				   char *place, int known)
{
	int n;

	mounted->length = 0;
	mounted->id = read_mount_id(lines);
	if (mounted->id < 0)
		return 0;
	for (n = 0; n < BEFORE_PLACE; n++)
		skip_to(lines, ' ');
	mounted->length = read_place(lines, place, known);
	mounted->flags = read_flags(lines);
	return 1;
}

/* Where it can't be read, nobody knows what was there. */
static CHILD_CODE long open_lines(struct lines *lines)
{
	long fd = sys_open("/proc/self/mountinfo", SYS_O_CLOEXEC, 0);

	lines->fd = (int)fd;
	lines->count = 0;
	lines->at = 0;
	return fd < 0 ? -ENOSYS : 0;
}

/* ---- Changing ----------------------------------------------------------- */

/* The name that the kernel has for it; its length. */
static CHILD_CODE long find_mount(const char *target, char *place)
{
	const long id = sys_mount_id(target);
	struct mounted mounted;
	struct lines lines;
	int is_there;

	if (id < 0)
		return id;
	if (open_lines(&lines) < 0)
		return -ENOSYS;
	do
		is_there = read_mounted(&lines, &mounted, place, 0);
	while (is_there && mounted.id != id);
	sys_close(lines.fd);
	return is_there ? mounted.length : -EINVAL;
}

/* It begins as the top does, which is "/" or ends without one. */
static CHILD_CODE int is_meant(const char *place, int top, int is_deep)
{
	return place[top] == '\0' ||
	       (is_deep && (top == 1 || place[top] == '/'));
}

static CHILD_CODE long remount_each(char *place, int top, const struct op *op,
				    uint32_t clear)
{
	struct mounted mounted;
	struct lines lines;
	long code = 0;

	if (open_lines(&lines) < 0)
		return -ENOSYS;
	while (code >= 0 && read_mounted(&lines, &mounted, place, top)) {
		if (!mounted.length || !is_meant(place, top, op->fd) ||
		    sys_mount_id(place) != mounted.id)
			continue;
		mounted.flags = (mounted.flags & ~clear) | (uint32_t)op->value;
		code = sys_mount(NULL, place, NULL, REMOUNT | mounted.flags,
				 NULL);
	}
	sys_close(lines.fd);
	return code;
}

CHILD_CODE long libspawn__remount(const char *target, const struct op *op,
				  uint32_t clear)
{
	char place[LONGEST_PATH];
	long top = find_mount(target, place);

	return top < 0 ? top : remount_each(place, (int)top, op, clear);
}

#endif
