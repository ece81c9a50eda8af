/* SPDX-License-Identifier: MIT */
/*
 * The code of a process as libdw knows it. Files are opened below the root of
 * the process, which may be another than ours.
 */
#define _GNU_SOURCE
#include "image_dw.h"
#include "demangle.h"
#include "perf_map.h"
#include "words.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Callbacks of libdw get nothing of ours: whose files are looked for. */
static pid_t opening;

/* ---- Files ------------------------------------------------------------- */

/* To open a device has effects, and a FIFO's opening may have no end. */
static int open_regular(const char *path)
{
	struct stat file;
	int fd;

	if (stat(path, &file) < 0 || !S_ISREG(file.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int find_elf(Dwfl_Module *module, void **data, const char *name,
		    Dwarf_Addr base, char **file, Elf **elf)
{
	char path[PATH_SIZE + 32];
	int fd = -1;

	snprintf(path, sizeof path, "/proc/%d/root%s", (int)opening, name);
	if (name[0] == '/')
		fd = open_regular(path);
	if (fd < 0)
		return dwfl_linux_proc_find_elf(module, data, name, base, file,
						elf);
	*file = strdup(path);
	return fd;
}

/*
 * In the system's folder alone, and in no other by the way of a name: what lies
 * beside a program may be a FIFO of its owner's.
 */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name,
			  Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word sum, char **found)
{
	if (link != NULL && strchr(link, '/') != NULL)
		return -1;
	return dwfl_standard_find_debuginfo(module, data, name, base, file,
					    link, sum, found);
}

static char system_folder[] = "/usr/lib/debug";
static char *folders = system_folder;

static const Dwfl_Callbacks files = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
	.debuginfo_path = &folders,
};

/* ---- Images ------------------------------------------------------------ */

static void report_modules(struct image *image)
{
	dwfl_report_begin(image->dwfl);
	dwfl_linux_proc_report(image->dwfl, image->pid);
	dwfl_report_end(image->dwfl, NULL, NULL);
	memset(image->known, 0, sizeof image->known);
}

static struct image *image_open(pid_t pid)
{
	struct image *image = calloc(1, sizeof *image);

	if (image == NULL)
		return NULL;
	image->pid = pid;
	image->dwfl = dwfl_begin(&files);
	if (image->dwfl == NULL) {
		free(image);
		return NULL;
	}
	report_modules(image);
	return image;
}

void image_close(struct image *image)
{
	if (image == NULL)
		return;
	dwfl_end(image->dwfl);
	free(image);
}

struct image *image_for(struct image **image, pid_t pid)
{
	opening = pid;
	if (*image == NULL)
		*image = image_open(pid);
	return *image;
}

/* ---- Names ------------------------------------------------------------- */

/*
 * A library may have been loaded since; and what is zero in it at first lies
 * behind what is mapped of its file.
 */
static Dwfl_Module *find_module(struct image *image, uint64_t address)
{
	Dwfl_Module *module = dwfl_addrmodule(image->dwfl, address);
	struct mapping mapping;

	if (module != NULL)
		return module;
	report_modules(image);
	module = dwfl_addrmodule(image->dwfl, address);
	if (module == NULL && proc_mapping(&mapping, image->pid, address) &&
	    mapping.of_file != 0)
		module = dwfl_addrmodule(image->dwfl, mapping.of_file);
	return module;
}

static void name_line(struct frame *frame, Dwfl_Module *module)
{
	Dwarf_Addr bias;
	Dwarf_Die *unit = find_unit(&bias, module, frame->address);
	Dwarf_Line *line =
		unit == NULL ? NULL
			     : dwarf_getsrc_die(unit, frame->address - bias);

	/* Line 0 is what the compiler calls nobody's. */
	if (line == NULL || dwarf_lineno(line, &frame->line) != 0 ||
	    frame->line == 0)
		return;
	frame->file = keep_word(dwarf_linesrc(line, NULL, NULL));
}

static const char *plain_word(const char *symbol)
{
	char plain[512];

	if (symbol == NULL)
		return NULL;
	demangle(plain, sizeof plain, symbol);
	return keep_word(plain);
}

static Dwfl_Module *name_frame(struct frame *frame, struct image *image,
			       uint64_t address)
{
	Dwfl_Module *module = find_module(image, address);
	Dwarf_Addr start = 0;
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	*frame = (struct frame){ .address = address };
	if (module == NULL)
		return NULL;
	name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL,
				NULL);
	frame->module = keep_word(name);
	frame->offset = address - start;
	frame->function = plain_word(dwfl_module_addrinfo(
		module, address, &offset, &symbol, NULL, NULL, NULL));
	return module;
}

static bool has_rule(Dwarf_CFI *rules, Dwarf_Addr address)
{
	Dwarf_Frame *frame;

	if (rules == NULL || dwarf_cfi_addrframe(rules, address, &frame) != 0)
		return false;
	free(frame);
	return true;
}

/* Whether the compiler has written how to unwind there. */
static bool has_rules(Dwfl_Module *module, uint64_t address)
{
	Dwarf_Addr bias = 0;
	Dwarf_CFI *rules = dwfl_module_eh_cfi(module, &bias);

	if (has_rule(rules, address - bias))
		return true;
	rules = dwfl_module_dwarf_cfi(module, &bias);
	return has_rule(rules, address - bias);
}

/*
 * Code that was made at run time; libdw takes what lies between two pieces of a
 * file for that file's.
 */
static bool is_generated(const struct image *image, uint64_t address,
			 Dwfl_Module *module)
{
	struct mapping mapping;

	return proc_mapping(&mapping, image->pid, address) &&
	       mapping.is_executable &&
	       (module == NULL || mapping.name[0] == '\0');
}

/* It has frame pointers, mostly. */
static void know_generated(struct known *known, pid_t pid)
{
	known->frames[0] = (struct frame){
		.address = known->address,
		.function = perf_map_name(pid, known->address),
	};
	known->unwinds = true;
}

const struct known *image_know(struct image *image, uint64_t address)
{
	struct known *known = &image->known[address * 2654435761u % KNOWN];
	Dwfl_Module *module;
	struct frame frame;

	if (known->address == address)
		return known;
	module = name_frame(&frame, image, address);
	known->address = address;
	known->count = 1;
	known->frames[0] = frame;
	known->unwinds = module != NULL && has_rules(module, address);
	if (frame.function == NULL && is_generated(image, address, module))
		know_generated(known, image->pid);
	if (known->frames[0].module == NULL)
		return known;
	name_line(&frame, module);
	known->count = inlines_expand(known->frames, module, &frame);
	return known;
}

bool image_name(struct frame *frame, struct image **image, pid_t pid,
		uint64_t address)
{
	return image_for(image, pid) != NULL &&
	       name_frame(frame, *image, address) != NULL;
}
