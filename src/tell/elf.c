/* SPDX-License-Identifier: MIT */
/*
 * Reads as much of an ELF file as says for which machine it is and what loads
 * it; elf(5). Takes no number in it for true: the file may be damaged.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tell/elf.h"

enum { HEADER_32 = 52, HEADER_64 = 64, SEGMENT_MAX = 56 };
enum { SEGMENTS_READ = 64, SEGMENT_LOADER = 3 };

/* A number of size bytes in the file's own order. */
static uint64_t number_at(const struct elf *elf, const unsigned char *bytes,
			  unsigned size)
{
	uint64_t number = 0;
	unsigned n;

	for (n = 0; n < size; n++)
		number = number << 8 | bytes[elf->is_big ? n : size - 1 - n];
	return number;
}

static int is_header(const unsigned char *bytes, ssize_t length)
{
	if (length < HEADER_32 || memcmp(bytes, "\177ELF", 4) != 0)
		return 0;
	if (bytes[4] < 1 || bytes[4] > 2 || bytes[5] < 1 || bytes[5] > 2)
		return 0;
	return bytes[4] == 1 || length >= HEADER_64;
}

/* 1, or 0 if it is none. */
int libspawn__elf_read(struct elf *elf, int fd)
{
	unsigned char bytes[HEADER_64];
	const ssize_t length = pread(fd, bytes, sizeof bytes, 0);
	unsigned place;

	if (!is_header(bytes, length))
		return 0;
	elf->bits = bytes[4] == 2 ? 64 : 32;
	elf->is_big = bytes[5] == 2;
	elf->type = (unsigned)number_at(elf, bytes + 16, 2);
	elf->machine = (unsigned)number_at(elf, bytes + 18, 2);
	place = elf->bits == 64 ? 54 : 42;
	elf->table = elf->bits == 64 ? number_at(elf, bytes + 32, 8)
				     : number_at(elf, bytes + 28, 4);
	elf->entry_size = (unsigned)number_at(elf, bytes + place, 2);
	elf->count = (unsigned)number_at(elf, bytes + place + 2, 2);
	return 1;
}

/* Where the loader's name is, or 0; its length. */
static uint64_t loader_place(const struct elf *elf, const unsigned char *entry,
			     uint64_t *length)
{
	if (number_at(elf, entry, 4) != SEGMENT_LOADER)
		return 0;
	*length = elf->bits == 64 ? number_at(elf, entry + 32, 8)
				  : number_at(elf, entry + 16, 4);
	return elf->bits == 64 ? number_at(elf, entry + 8, 8)
			       : number_at(elf, entry + 4, 4);
}

/* 1 and the path of what loads it (PT_INTERP), or 0. */
int libspawn__elf_loader(const struct elf *elf, int fd, char *path, size_t size)
{
	const size_t needed = elf->bits == 64 ? SEGMENT_MAX : 32;
	unsigned char entry[SEGMENT_MAX];
	uint64_t length = 0;
	uint64_t place = 0;
	unsigned n;

	for (n = 0; !place && n < elf->count && n < SEGMENTS_READ; n++) {
		const off_t at =
			(off_t)(elf->table + (uint64_t)n * elf->entry_size);

		if (pread(fd, entry, needed, at) != (ssize_t)needed)
			return 0;
		place = loader_place(elf, entry, &length);
	}
	if (!place || length < 2 || length > size ||
	    pread(fd, path, (size_t)length, (off_t)place) != (ssize_t)length)
		return 0;
	path[length - 1] = '\0';
	return path[0] != '\0';
}

/* As the linkers' documents name them; NULL for one not listed. */
static const char *machine_name(const struct elf *elf)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
		{ 2, "sparc" },	   { 3, "i386" },	 { 4, "m68k" },
		{ 8, "mips" },	   { 20, "powerpc" },	 { 21, "powerpc64" },
		{ 22, "s390" },	   { 40, "arm" },	 { 42, "sh" },
		{ 43, "sparc64" }, { 62, "x86_64" },	 { 183, "aarch64" },
		{ 243, "riscv" },  { 258, "loongarch" },
	};
	size_t n;

	for (n = 0; n < sizeof names / sizeof names[0]; n++)
		if (names[n].machine == elf->machine)
			return names[n].name;
	return NULL;
}

/* "aarch64 (64 bits, little-endian)" */
void libspawn__elf_describe(const struct elf *elf, char *text, size_t size)
{
	const char *order = elf->is_big ? "big" : "little";
	const char *name = machine_name(elf);

	if (name)
		snprintf(text, size, "%s (%u bits, %s-endian)", name, elf->bits,
			 order);
	else
		snprintf(text, size, "machine %u (%u bits, %s-endian)",
			 elf->machine, elf->bits, order);
}
