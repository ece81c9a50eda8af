/* SPDX-License-Identifier: MIT */
/*
 * What is said of files that can't be executed: programs for other machines, of
 * other systems, cut short or damaged; texts. Each is made here, byte by byte.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

enum { FILE_SIZE = 512, SEGMENTS_AT = 128, LOADER_AT = 256 };
enum { EXECUTABLE = 2, SHARED = 3, CORE = 4 };
/* No machine on which this is compiled. */
enum { SH = 42, AARCH64 = 183, SPARC64 = 43, NOBODYS = 0xfedc };

/* An ELF file with one segment or two, of which the last names a loader. */
struct file {
	unsigned bits;	/* 0 stands for a class that is none */
	unsigned order; /* 1 little, 2 big */
	unsigned type;
	unsigned machine;
	const char *loader;
	unsigned loader_length; /* 0 stands for the one it has */
	unsigned size;		/* 0 stands for all */
};

static void put(unsigned char *at, const struct file *file, unsigned size,
		uint64_t number)
{
	unsigned n;

	for (n = 0; n < size; n++)
		at[file->order == 2 ? size - 1 - n : n] =
			(unsigned char)(number >> 8 * n);
}

/* elf(5): a segment that is loaded, then the one with the loader's name. */
static void put_segments(unsigned char *bytes, const struct file *file)
{
	const int is_64 = file->bits == 64;
	unsigned char *entry = bytes + SEGMENTS_AT;
	const size_t length = file->loader_length ? file->loader_length
						  : strlen(file->loader) + 1;

	put(entry, file, 4, 1);
	entry += is_64 ? 56 : 32;
	put(entry, file, 4, 3);
	put(entry + (is_64 ? 8 : 4), file, is_64 ? 8 : 4, LOADER_AT);
	put(entry + (is_64 ? 32 : 16), file, is_64 ? 8 : 4, length);
	strcpy((char *)bytes + LOADER_AT, file->loader);
}

static void put_file(unsigned char *bytes, const struct file *file)
{
	const int is_64 = file->bits == 64;

	memset(bytes, 0, FILE_SIZE);
	memcpy(bytes, "\177ELF", 4);
	bytes[4] = is_64 ? 2 : file->bits == 32 ? 1 : (unsigned char)file->bits;
	bytes[5] = (unsigned char)file->order;
	put(bytes + 16, file, 2, file->type);
	put(bytes + 18, file, 2, file->machine);
	put(bytes + (is_64 ? 32 : 28), file, is_64 ? 8 : 4, SEGMENTS_AT);
	put(bytes + (is_64 ? 54 : 42), file, 2, is_64 ? 56 : 32);
	put(bytes + (is_64 ? 56 : 44), file, 2, file->loader ? 2 : 0);
	if (file->loader)
		put_segments(bytes, file);
}

/* The sentence on a file with this content that could not be executed. */
static const char *explain_bytes(const void *bytes, size_t size, int code)
{
	static char text[1024];
	char path[] = "/tmp/test_format.XXXXXX";
	const struct libspawn_error error = { .code = code,
					      .step = LIBSPAWN_STEP_EXEC,
					      .index = -1 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	libspawn_explain(text, sizeof text, &error, path, NULL, NULL);
	unlink(path);
	return text;
}

static const char *explain_file(const struct file *file, int code)
{
	unsigned char bytes[FILE_SIZE];

	put_file(bytes, file);
	return explain_bytes(bytes, file->size ? file->size : FILE_SIZE, code);
}

static void expect(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("%s: not a word of %s", text, word);
}

#define LOADER "/no/such/loader.so"

/* With ENOEXEC, and with ENOENT, for which a loader has to be missing. */
static const struct {
	struct file file;
	int code;
	const char *word;
} programs[] = {
	{ { 32, 1, EXECUTABLE, SH, NULL, 0, 0 },
	  ENOEXEC,
	  "a program for sh (32 bits, little-endian)" },
	{ { 64, 2, SHARED, SPARC64, NULL, 0, 0 },
	  ENOEXEC,
	  "a program for sparc64 (64 bits, big-endian)" },
	{ { 32, 2, EXECUTABLE, NOBODYS, NULL, 0, 0 },
	  ENOEXEC,
	  "a program for machine 65244 (32 bits, big-endian)" },
	{ { 64, 1, CORE, AARCH64, NULL, 0, 0 }, ENOEXEC, "but not a program" },
	{ { 0, 1, EXECUTABLE, SH, NULL, 0, 0 }, ENOEXEC, "damaged" },
	{ { 3, 1, EXECUTABLE, SH, NULL, 0, 0 }, ENOEXEC, "damaged" },
	{ { 64, 0, EXECUTABLE, SH, NULL, 0, 0 }, ENOEXEC, "damaged" },
	{ { 64, 3, EXECUTABLE, SH, NULL, 0, 0 }, ENOEXEC, "damaged" },
	{ { 64, 1, EXECUTABLE, SH, NULL, 0, 60 }, ENOEXEC, "damaged" },
	{ { 64, 1, EXECUTABLE, SH, NULL, 0, 20 }, ENOEXEC, "damaged" },
	{ { 32, 1, EXECUTABLE, SH, LOADER, 0, 0 }, ENOENT, LOADER },
	{ { 32, 2, EXECUTABLE, SPARC64, LOADER, 0, 0 }, ENOENT, LOADER },
	{ { 64, 1, SHARED, AARCH64, LOADER, 0, 0 }, ENOENT, LOADER },
	{ { 64, 2, SHARED, SPARC64, LOADER, 0, 0 }, ENOENT, LOADER },
};

static void each_program_says_what_it_is(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(programs); n++)
		expect(explain_file(&programs[n].file, programs[n].code),
		       programs[n].word);
}

/* No number in it is believed: nothing is named that is not there. */
static void a_damaged_program_names_no_loader(void **state)
{
	static const struct file damaged[] = {
		{ 64, 1, SHARED, AARCH64, LOADER, 1, 0 },
		{ 64, 1, SHARED, AARCH64, LOADER, 60000, 0 },
		{ 64, 1, SHARED, AARCH64, LOADER, 0x7fffffff, 0 },
		{ 64, 1, SHARED, AARCH64, LOADER, 0, LOADER_AT + 4 },
		{ 64, 1, SHARED, AARCH64, LOADER, 0, SEGMENTS_AT + 60 },
		{ 32, 1, EXECUTABLE, SH, LOADER, 0, SEGMENTS_AT + 8 },
		{ 64, 1, SHARED, AARCH64, "", 2, 0 },
		{ 64, 1, SHARED, AARCH64, NULL, 0, 0 },
	};
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(damaged); n++) {
		const char *text = explain_file(&damaged[n], ENOENT);

		assert_null(strstr(text, "'" LOADER));
		assert_null(strstr(text, "''"));
	}
}

/* The file has it all; no path is that long. */
static void a_loader_longer_than_a_path_is_left(void **state)
{
	const struct file file = { 64, 1, SHARED, AARCH64, "/long", 60000, 0 };
	static unsigned char bytes[65536];

	(void)state;
	put_file(bytes, &file);
	assert_null(
		strstr(explain_bytes(bytes, sizeof bytes, ENOENT), "'/long"));
}

/* A table without end is read as far as anything has ever needed. */
static void a_table_of_very_many_segments_is_left(void **state)
{
	const struct file file = { 64, 1, SHARED, AARCH64, NULL, 0, 0 };
	static unsigned char bytes[FILE_SIZE + 100 * 56];

	(void)state;
	put_file(bytes, &file);
	put(bytes + 56, &file, 2, 100);
	assert_null(strstr(explain_bytes(bytes, sizeof bytes, ENOENT), "''"));
}

static const struct {
	const char *content;
	const char *word;
} texts[] = {
	{ "", "is empty" },
	{ "\357\273\277#!/bin/sh\n", "byte order mark" },
	{ "#! \t\n", "names no interpreter" },
	{ "MZ\220", "for Windows" },
	{ "echo hello\r\n\f\033[0m\n", "is a text" },
	{ "\357\277\275 is UTF-8\n", "is a text" },
};

static void each_text_says_what_it_is(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < COUNT(texts); n++)
		expect(explain_bytes(texts[n].content, strlen(texts[n].content),
				     ENOEXEC),
		       texts[n].word);
}

/* Neither has anything that would say what it is. */
static void what_is_neither_is_not_guessed(void **state)
{
	static const char control[] = "abc\001def";
	static const char zero[] = "abc\0def";
	static const char script[] = "#!/bin/true\n";

	(void)state;
	assert_null(strstr(explain_bytes(control, sizeof control - 1, ENOEXEC),
			   "is a text"));
	assert_null(strstr(explain_bytes(zero, sizeof zero - 1, ENOEXEC),
			   "is a text"));
	assert_null(strstr(explain_bytes(script, sizeof script - 1, ENOEXEC),
			   "names no interpreter"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_program_says_what_it_is),
	cmocka_unit_test(a_damaged_program_names_no_loader),
	cmocka_unit_test(a_loader_longer_than_a_path_is_left),
	cmocka_unit_test(a_table_of_very_many_segments_is_left),
	cmocka_unit_test(each_text_says_what_it_is),
	cmocka_unit_test(what_is_neither_is_not_guessed),
};

UNIT_MAIN(tests)
