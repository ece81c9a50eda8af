/* SPDX-License-Identifier: MIT */
/*
 * Makes a file of the library's own code: the smallest program there is, of one
 * function (src/child/init.c). It is in memory, so that it is there whatever is
 * mounted, and sealed, since it can be opened in there by /proc/1/exe.
 */
#define _GNU_SOURCE
#include "ends/first.h"

#include <errno.h>
#include <string.h>

#include "child/init.h"

#if ARCH_CLONE

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "backend/descriptor.h"

/* By the linker: the section of that name. */
extern const char __start_libspawn_init[] CHILD_HIDDEN;
extern const char __stop_libspawn_init[] CHILD_HIDDEN;

/* linux/memfd.h. EXEC is of Linux 6.3; before, all can be executed. */
enum { MADE_CLOEXEC = 1, MADE_SEALABLE = 2, MADE_EXECUTABLE = 16 };
/* F_ADD_SEALS of fcntl(2): no shrinking, growing, writing, sealing. */
enum { ADD_SEALS = 1033, ALL_SEALS = 15 };

/* Where it is mapped; the code begins at an address that suits any. */
enum { ADDRESS = 0x400000, CODE_AT = 256, MOST_CODE = 1024 };
enum { SEGMENTS = 2, LARGEST_PAGE = 65536 };

struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) segments[SEGMENTS];
};

_Static_assert(sizeof(struct image) <= CODE_AT, "the code is behind it");

/* elf(5): all of the file in one segment, and a stack without programs. */
static void fill_image(struct image *image, size_t code_bytes, size_t entry)
{
	ElfW(Ehdr) *header = &image->header;

	memset(image, 0, sizeof *image);
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] =
		sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	header->e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
					   ? ELFDATA2MSB
					   : ELFDATA2LSB;
	header->e_ident[EI_VERSION] = EV_CURRENT;
	header->e_type = ET_EXEC;
	header->e_machine = ARCH_ELF_MACHINE;
	header->e_version = EV_CURRENT;
	header->e_flags = ARCH_ELF_FLAGS;
	header->e_entry = ADDRESS + CODE_AT + entry;
	header->e_phoff = offsetof(struct image, segments);
	header->e_ehsize = sizeof *header;
	header->e_phentsize = sizeof image->segments[0];
	header->e_phnum = SEGMENTS;
	image->segments[0].p_type = PT_LOAD;
	image->segments[0].p_vaddr = ADDRESS;
	image->segments[0].p_filesz = CODE_AT + code_bytes;
	image->segments[0].p_memsz = CODE_AT + code_bytes;
	image->segments[0].p_flags = PF_R | PF_X;
	image->segments[0].p_align = LARGEST_PAGE;
	image->segments[1].p_type = PT_GNU_STACK;
	image->segments[1].p_flags = PF_R | PF_W;
}

static int make_file(void)
{
	const unsigned flags = MADE_CLOEXEC | MADE_SEALABLE;
	long fd = syscall(SYS_memfd_create, "init", flags | MADE_EXECUTABLE);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_memfd_create, "init", flags);
	return fd < 0 ? -errno : (int)fd;
}

static int write_file_whole(int fd, const void *bytes, size_t size)
{
	ssize_t written = write(fd, bytes, size);

	if (written < 0)
		return -errno;
	return (size_t)written == size ? 0 : -EIO;
}

/* An entry may be a number off its address, as in Thumb code: it stays so. */
static int fill_file(int fd)
{
	const size_t code_bytes =
		(size_t)(__stop_libspawn_init - __start_libspawn_init);
	char bytes[CODE_AT + MOST_CODE] = { 0 };
	struct image image;

	if (code_bytes > MOST_CODE)
		return -E2BIG;
	fill_image(&image, code_bytes,
		   (uintptr_t)libspawn__init_main -
			   (uintptr_t)__start_libspawn_init);
	memcpy(bytes, &image, sizeof image);
	memcpy(bytes + CODE_AT, __start_libspawn_init, code_bytes);
	return write_file_whole(fd, bytes, CODE_AT + code_bytes);
}

int libspawn__first_open(void)
{
	int fd = make_file();
	int code;

	if (fd < 0)
		return fd;
	code = libspawn__descriptor_move_up(&fd);
	if (code == 0)
		code = fill_file(fd);
	if (code == 0 && fcntl(fd, ADD_SEALS, ALL_SEALS) < 0)
		code = -errno;
	if (code == 0)
		return fd;
	libspawn__descriptor_close(fd);
	return code;
}

#else

int libspawn__first_open(void)
{
	return -ENOTSUP;
}

#endif
