/* SPDX-License-Identifier: MIT */
/* The header of an ELF file of any machine. */
#ifndef LIBSPAWN_TELL_ELF_H
#define LIBSPAWN_TELL_ELF_H

#include <stddef.h>
#include <stdint.h>

struct elf {
	unsigned bits; /* 32 or 64 */
	int is_big;    /* the first byte of a number is its highest */
	unsigned type;
	unsigned machine;
	uint64_t table; /* where its segments are listed */
	unsigned entry_size;
	unsigned count;
};

int libspawn__elf_read(struct elf *elf, int fd);
int libspawn__elf_loader(const struct elf *elf, int fd, char *path,
			 size_t size);
void libspawn__elf_describe(const struct elf *elf, char *text, size_t size);

#endif
