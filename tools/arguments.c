/* SPDX-License-Identifier: MIT */
/*
 * getopt_long() driven by the table, stopping at the first operand: what comes
 * after PROGRAM is the program's. Every mistake becomes one sentence.
 */
#define _GNU_SOURCE
#include "arguments.h"
#include "combinations.h"
#include "table.h"

#include <getopt.h>

/* More than the table has rows; option_list() leaves the rest out. */
#define ROWS_MAX 160
/* getopt_long() returns this and the row's place; letters are below. */
#define ROW_BASE 256

/* Where help starts on a line, and where names end. */
#define HELP_COLUMN 27
#define LAST_COLUMN 77

/* Of the long form of an option with its value, as help has it. */
#define NAME_ROOM 64

static int wants_value(const struct row *row)
{
	if (row->value == NULL)
		return no_argument;
	return row->value[0] == '[' ? optional_argument : required_argument;
}

static void list_long_options(struct option longs[ROWS_MAX])
{
	const struct row *row = option_table;
	size_t count = 0;

	for (; row->help != NULL && count < ROWS_MAX - 1; row++)
		if (row->name != NULL)
			longs[count++] = (struct option){
				.name = row->name,
				.has_arg = wants_value(row),
				.val = ROW_BASE + (int)(row - option_table),
			};
	longs[count] = (struct option){ 0 };
}

/*
 * '+': stop at the first operand; ':': let us word the complaints. What is
 * optional belongs to the long name alone.
 */
static void list_letters(char letters[2 * ROWS_MAX + 3])
{
	char *end = letters;

	*end++ = '+';
	*end++ = ':';
	for (const struct row *row = option_table; row->help != NULL; row++) {
		if (row->letter == 0)
			continue;
		*end++ = (char)row->letter;
		if (wants_value(row) == required_argument)
			*end++ = ':';
	}
	*end = '\0';
}

static const struct row *find_row(int code)
{
	const struct row *row = option_table;

	if (code >= ROW_BASE)
		return &option_table[code - ROW_BASE];
	while (row->help != NULL && row->letter != code)
		row++;
	return row->help == NULL ? NULL : row;
}

static int misuse(const char *what, const char *option)
{
	fprintf(stderr, "spawn: %s%s (see spawn --help)\n", option, what);
	return -1;
}

/* What getopt_long() did not like: code is its ':' or '?'. */
static int complain_option(int code, char **argv)
{
	char option[64];

	if (optopt >= ROW_BASE)
		snprintf(option, sizeof option, "--%s", find_row(optopt)->name);
	else if (optopt != 0)
		snprintf(option, sizeof option, "-%c", optopt);
	else
		snprintf(option, sizeof option, "%.63s", argv[optind - 1]);
	if (code == ':')
		return misuse(": needs a value", option);
	if (optopt >= ROW_BASE)
		return misuse(": takes no value", option);
	return misuse(": no such option", option);
}

static int set_option(struct command *command, const struct row *row)
{
	command->options.flags |= row->flags;
	if (row->set == NULL || row->set(command, optarg) == 0)
		return 0;
	fprintf(stderr, "spawn: --%s%s%s%s: %s\n", row->name,
		optarg != NULL ? " '" : "", optarg != NULL ? optarg : "",
		optarg != NULL ? "'" : "", command->mistake.text);
	return -1;
}

static int read_options(struct command *command, int argc, char **argv)
{
	struct option longs[ROWS_MAX];
	char letters[2 * ROWS_MAX + 3];
	int code;

	list_long_options(longs);
	list_letters(letters);
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (code == ':' || code == '?')
			return complain_option(code, argv);
		if (set_option(command, find_row(code)))
			return -1;
	}
	return 0;
}

int read_arguments(struct command *command, int argc, char **argv)
{
	if (read_options(command, argc, argv))
		return -1;
	if (command->help || command->version)
		return 0;
	if (optind < argc) {
		command->program = argv[optind];
		command->argv = &argv[optind];
	} else if (!command->query) {
		fprintf(stderr, "spawn: no PROGRAM given "
				"(see spawn --help)\n");
		return -1;
	}
	if (command_finish(command) == 0)
		return 0;
	fprintf(stderr, "spawn: %s\n", command->mistake.text);
	return -1;
}

/* "--chdir DIR", "--pipe[=WORD]": how long it is. */
static int write_name(char name[NAME_ROOM], const struct row *row)
{
	return snprintf(name, NAME_ROOM, "--%s%s%s", row->name,
			wants_value(row) == required_argument ? " " : "",
			row->value != NULL ? row->value : "");
}

/* "  -C, --chdir DIR", padded to where help starts, or a line of its own. */
static void print_names(FILE *stream, const struct row *row)
{
	char letter[8] = "    ";
	char name[NAME_ROOM];
	int width;

	if (row->letter != 0)
		snprintf(letter, sizeof letter, "-%c, ", row->letter);
	write_name(name, row);
	width = fprintf(stream, "  %s%s", letter, name);
	if (width >= HELP_COLUMN) {
		fputc('\n', stream);
		width = 0;
	}
	fprintf(stream, "%*s", HELP_COLUMN - width, "");
}

static void print_row(FILE *stream, const struct row *row)
{
	print_names(stream, row);
	for (const char *text = row->help; *text != '\0'; text++) {
		fputc(*text, stream);
		if (*text == '\n')
			fprintf(stream, "%*s", HELP_COLUMN, "");
	}
	fputc('\n', stream);
}

/* With a comma before it, on the line if there is room, else on the next. */
static void print_name(FILE *stream, const struct row *row, int *column)
{
	const char *before = *column == 0 ? "  " : ", ";
	char name[NAME_ROOM];
	int width = 2 + write_name(name, row);

	if (*column + width > LAST_COLUMN) {
		before = ",\n  ";
		*column = 0;
	}
	fprintf(stream, "%s%s", before, name);
	*column += width;
}

static void print_all(FILE *stream)
{
	for (const struct row *row = option_table; row->help != NULL; row++)
		if (row->name == NULL)
			fprintf(stream, "\n%s\n", row->help);
		else
			print_row(stream, row);
}

/* What people ask for most is explained, the rest named. */
static void print_page(FILE *stream)
{
	int column = 0;

	fputc('\n', stream);
	for (const struct row *row = option_table; row->help != NULL; row++)
		if (row->common)
			print_row(stream, row);
	fputs("\nAnd, explained by spawn --help=all:\n", stream);
	for (const struct row *row = option_table; row->help != NULL; row++)
		if (row->name != NULL && !row->common)
			print_name(stream, row, &column);
	fputc('\n', stream);
}

void print_help(FILE *stream, bool all)
{
	fputs("usage: spawn [OPTION...] [--] PROGRAM [ARG...]\n"
	      "Start PROGRAM with every option a process can start with, wait "
	      "for it, and exit\nas it did.\n",
	      stream);
	if (all)
		print_all(stream);
	else
		print_page(stream);
	fputs("\nspawn ends as the program does: with its exit status, or by "
	      "the same signal.\nOther exit statuses: 127 when the program was "
	      "not found; 126 when it could not\nbe executed; 125 when "
	      "anything "
	      "else went wrong; 124 after --timeout, or 137 when\nit had to be "
	      "killed.\n",
	      stream);
}
