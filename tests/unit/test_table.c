/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table: which rows have a meaning, and what becomes of them:
 * moves, then files opened, then copies of those, then numbers closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

enum { LAST_KIND = LIBSPAWN_FD_NULL_READ };

static int32_t end; /* where a parent's end would be written */

/* A row of each kind with a meaning. */
static struct libspawn_fd row_of(uint32_t kind, int32_t child_fd)
{
	struct libspawn_fd row = { .child_fd = child_fd, .kind = kind };

	if (kind == LIBSPAWN_FD_OPEN)
		row.path = "/file";
	if (kind == LIBSPAWN_FD_PIPE_READ || kind == LIBSPAWN_FD_PIPE_WRITE ||
	    kind == LIBSPAWN_FD_PTY || kind == LIBSPAWN_FD_SOCKET)
		row.parent_end = &end;
	return row;
}

/* The row under test is the second; SAME's entry 0 is a FROM. */
static void expect_row(struct libspawn_fd row, int code)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 90, .kind = LIBSPAWN_FD_FROM, .parent_fd = 9 },
		row,
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2 };
	struct compiled compiled;

	if (code) {
		expect_refusal(&options, code, LIBSPAWN_STEP_FD, 1);
		return;
	}
	plan_compile(&compiled, NULL, &options);
	plan_free(&compiled);
}

/* ---- Which rows have a meaning ----------------------------------------- */

static void every_kind_with_its_fields_is_taken(void **state)
{
	uint32_t kind;

	(void)state;
	for (kind = LIBSPAWN_FD_FROM; kind <= LAST_KIND; kind++)
		expect_row(row_of(kind, 4), 0);
}

static void a_number_that_is_no_kind_is_refused(void **state)
{
	(void)state;
	expect_row(row_of(0, 4), EINVAL);
	expect_row(row_of(LAST_KIND + 1, 4), EINVAL);
	expect_row(row_of(UINT32_MAX, 4), EINVAL);
}

/* A row with one more field filled. */
static void expect_unless_used(struct libspawn_fd filled, int is_used)
{
	if (!is_used)
		expect_row(filled, EINVAL);
}

static void a_field_that_a_kind_does_not_use_is_refused(void **state)
{
	uint32_t kind;

	(void)state;
	for (kind = LIBSPAWN_FD_FROM; kind <= LAST_KIND; kind++) {
		const struct libspawn_fd plain = row_of(kind, 4);
		int opens = kind == LIBSPAWN_FD_OPEN;
		struct libspawn_fd row = plain;

		row.parent_fd = 1;
		expect_unless_used(row, kind == LIBSPAWN_FD_FROM);
		row = plain;
		row.entry = 1; /* SAME: itself */
		expect_unless_used(row, 0);
		row = plain;
		row.open_flags = O_RDWR;
		expect_unless_used(row, opens);
		row = plain;
		row.open_mode = 0600;
		expect_unless_used(row, opens);
		row = plain;
		row.path = "/x";
		expect_unless_used(row, opens);
		row = plain;
		row.parent_end = &end;
		expect_unless_used(row, plain.parent_end != NULL);
	}
}

static void a_spare_that_is_not_zero_is_refused(void **state)
{
	uint32_t kind;
	int n;

	(void)state;
	for (kind = LIBSPAWN_FD_FROM; kind <= LAST_KIND; kind++)
		for (n = 0; n < 2; n++) {
			struct libspawn_fd row = row_of(kind, 4);

			row.spare[n] = 1;
			expect_row(row, EINVAL);
		}
}

static void a_child_descriptor_below_zero_is_refused(void **state)
{
	uint32_t kind;

	(void)state;
	for (kind = LIBSPAWN_FD_FROM; kind <= LAST_KIND; kind++) {
		int code = kind == LIBSPAWN_FD_SKIP ? 0 : EINVAL;

		expect_row(row_of(kind, -1), code);
		expect_row(row_of(kind, INT32_MIN), code);
	}
}

static void a_source_below_zero_is_a_bad_descriptor(void **state)
{
	struct libspawn_fd row = row_of(LIBSPAWN_FD_FROM, 4);

	(void)state;
	row.parent_fd = -1;
	expect_row(row, EBADF);
}

static void a_row_that_lacks_what_its_kind_needs_is_refused(void **state)
{
	const uint32_t ends[] = { LIBSPAWN_FD_PIPE_READ, LIBSPAWN_FD_PIPE_WRITE,
				  LIBSPAWN_FD_PTY, LIBSPAWN_FD_SOCKET };
	struct libspawn_fd row = row_of(LIBSPAWN_FD_OPEN, 4);
	size_t n;

	(void)state;
	row.path = NULL;
	expect_row(row, EINVAL);
	for (n = 0; n < COUNT(ends); n++) {
		row = row_of(ends[n], 4);
		row.parent_end = NULL;
		expect_row(row, EINVAL);
	}
}

static void a_file_is_not_opened_close_on_exec(void **state)
{
	struct libspawn_fd row = row_of(LIBSPAWN_FD_OPEN, 4);

	(void)state;
	row.open_flags = O_RDWR | O_CLOEXEC;
	expect_row(row, EINVAL);
}

/* A SAME in row 1 of what row 0 is, or of an entry that is not a source. */
static void expect_same(uint32_t kind, uint32_t entry, int code)
{
	struct libspawn_fd rows[] = {
		row_of(kind, 4),
		{ .child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = entry },
	};
	const struct libspawn_options options = { OPTIONS, .fds = rows,
						  .fd_count = 2 };
	struct compiled compiled;

	if (code) {
		expect_refusal(&options, code, LIBSPAWN_STEP_FD, 1);
		return;
	}
	plan_compile(&compiled, NULL, &options);
	plan_free(&compiled);
}

static void a_row_is_the_same_as_one_that_makes_something(void **state)
{
	uint32_t kind;

	(void)state;
	for (kind = LIBSPAWN_FD_FROM; kind <= LAST_KIND; kind++)
		if (kind != LIBSPAWN_FD_SAME)
			expect_same(kind, 0,
				    kind == LIBSPAWN_FD_CLOSE ||
						    kind == LIBSPAWN_FD_SKIP
					    ? EINVAL
					    : 0);
	expect_same(LIBSPAWN_FD_FROM, 1, EINVAL);
	expect_same(LIBSPAWN_FD_FROM, 2, EINVAL);
	expect_same(LIBSPAWN_FD_FROM, UINT32_MAX, EINVAL);
}

static void a_row_is_not_the_same_as_one_that_is_the_same(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 6, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
		{ .child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
		{ .child_fd = 4, .kind = LIBSPAWN_FD_FROM, .parent_fd = 0 },
	};

	(void)state;
	expect_refusal(&(struct libspawn_options){ OPTIONS, .fds = rows,
						   .fd_count = 3 },
		       EINVAL, LIBSPAWN_STEP_FD, 0);
}

static void two_rows_of_any_kinds_for_one_number_are_refused(void **state)
{
	uint32_t one;
	uint32_t two;

	(void)state;
	for (one = LIBSPAWN_FD_FROM; one <= LAST_KIND; one++)
		for (two = LIBSPAWN_FD_FROM; two <= LAST_KIND; two++) {
			const struct libspawn_fd rows[] = {
				row_of(LIBSPAWN_FD_FROM, 8),
				row_of(one, 4),
				row_of(LIBSPAWN_FD_NULL, 3),
				row_of(two, 4),
			};

			if (one == LIBSPAWN_FD_SKIP || two == LIBSPAWN_FD_SKIP)
				continue;
			expect_refusal(
				&(struct libspawn_options){
					OPTIONS, .fds = rows, .fd_count = 4 },
				EINVAL, LIBSPAWN_STEP_FD, 3);
		}
}

static void what_is_kept_is_a_row_behind_the_others(void **state)
{
	const struct libspawn_fd rows[] = { row_of(LIBSPAWN_FD_FROM, 8) };
	const int32_t kept[] = { 9, 7 };
	const int32_t below[] = { 9, -1 };
	const int32_t twice[] = { 9, 9 };
	const int32_t made[] = { 9, 8 };
	struct libspawn_options options = { OPTIONS, .fds = rows, .fd_count = 1,
					    .keep_fds = kept, .keep_count = 2 };
	struct compiled compiled;
	const struct op *op;

	(void)state;
	plan_compile(&compiled, NULL, &options);
	assert_int_equal(compiled.plan->target_count, 3);
	assert_int_equal(compiled.plan->targets[0], 7);
	op = compiled.plan->ops;
	while (op->kind != OP_FD_KEEP)
		op++;
	assert_int_equal(op->fd, 7);
	assert_int_equal(op->index, 2);
	plan_free(&compiled);
	options.keep_fds = below;
	expect_refusal(&options, EBADF, LIBSPAWN_STEP_FD, 2);
	options.keep_fds = twice;
	expect_refusal(&options, EINVAL, LIBSPAWN_STEP_FD, 2);
	options.keep_fds = made;
	expect_refusal(&options, EINVAL, LIBSPAWN_STEP_FD, 2);
	options.keep_fds = NULL;
	expect_refusal(&options, EFAULT, LIBSPAWN_STEP_FD, -1);
	options.keep_count = LIBSPAWN_FDS_MAX + 1;
	expect_refusal(&options, E2BIG, LIBSPAWN_STEP_FD, -1);
}

/* ---- What becomes of them ---------------------------------------------- */

struct expected {
	enum op_kind kind;
	int32_t row;
	int32_t from; /* op.fd, but for a file opened */
	int32_t to;   /* op.number */
};

/* The operations of the table, which stand between two others. */
static void expect_table(const struct libspawn_fd *rows, uint32_t row_count,
			 const struct expected *expected, uint32_t count)
{
	struct compiled compiled;
	const struct op *op;
	uint32_t n;

	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS, .fds = rows,
						 .fd_count = row_count });
	for (op = compiled.plan->ops; op->kind != OP_CLOSE_OTHERS; op++)
		assert_int_not_equal(op->step, LIBSPAWN_STEP_FD);
	assert_int_equal(op->step, LIBSPAWN_STEP_CLOSE_FDS);
	assert_int_equal(op->index, -1);
	assert_int_equal(op->fd, 3);
	for (n = 0, op++; n < count; n++, op++) {
		assert_int_equal(op->kind, expected[n].kind);
		assert_int_equal(op->step, LIBSPAWN_STEP_FD);
		assert_int_equal(op->index, expected[n].row);
		if (op->kind != OP_FD_CLOSE)
			assert_int_equal(op->number, expected[n].to);
		if (op->kind != OP_FD_OPEN)
			assert_int_equal(op->fd, expected[n].from);
	}
	assert_int_not_equal(op->step, LIBSPAWN_STEP_FD);
	plan_free(&compiled);
}

#define EXPECT_TABLE(rows, ...)                                                \
	do {                                                                   \
		const struct expected wanted[] = { __VA_ARGS__ };              \
		expect_table((rows), COUNT(rows), wanted, COUNT(wanted));      \
	} while (0)

static void moves_files_copies_and_closes_come_in_this_order(void **state)
{
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_CLOSE, 0),
		{ .child_fd = 1, .kind = LIBSPAWN_FD_SAME, .entry = 2 },
		row_of(LIBSPAWN_FD_OPEN, 2),
		{ .child_fd = 3, .kind = LIBSPAWN_FD_FROM, .parent_fd = 7 },
		row_of(LIBSPAWN_FD_NULL, 4),
		{ .child_fd = 5, .kind = LIBSPAWN_FD_SAME, .entry = 3 },
		row_of(LIBSPAWN_FD_CLOSE, 6),
	};

	(void)state;
	EXPECT_TABLE(rows, { OP_FD_MOVE, 3, 7, 3 }, { OP_FD_MOVE, 5, 7, 5 },
		     { OP_FD_OPEN, 2, 0, 2 }, { OP_FD_OPEN, 4, 0, 4 },
		     { OP_FD_MOVE, 1, 2, 1 }, { OP_FD_CLOSE, 0, 0, 0 },
		     { OP_FD_CLOSE, 6, 6, 0 });
}

static void a_swap_goes_by_one_descriptor_put_aside(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
	};

	(void)state;
	EXPECT_TABLE(rows, { OP_FD_SAVE, 1, 1, 2 }, { OP_FD_MOVE, 0, 2, 1 },
		     { OP_FD_RESTORE, 1, 1, 2 });
}

static void a_descriptor_mapped_to_itself_is_kept(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 5, .kind = LIBSPAWN_FD_FROM, .parent_fd = 5 },
	};

	(void)state;
	EXPECT_TABLE(rows, { OP_FD_KEEP, 0, 5, 5 });
}

static void new_ends_are_moved_from_where_they_were_made(void **state)
{
	const struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_PIPE_READ, 0),
		row_of(LIBSPAWN_FD_PIPE_WRITE, 1),
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 1 },
		row_of(LIBSPAWN_FD_PTY, 3),
	};

	(void)state;
	EXPECT_TABLE(rows, { OP_FD_MOVE, 0, FIRST_MADE_FD, 0 },
		     { OP_FD_MOVE, 1, FIRST_MADE_FD + 1, 1 },
		     { OP_FD_MOVE, 2, FIRST_MADE_FD + 1, 2 },
		     { OP_FD_MOVE, 3, FIRST_MADE_FD + 3, 3 });
}

/* A copy of a caller's descriptor is a move like the others: it may cycle. */
static void a_copy_takes_part_in_the_simultaneous_assignment(void **state)
{
	const struct libspawn_fd rows[] = {
		{ .child_fd = 9, .kind = LIBSPAWN_FD_FROM, .parent_fd = 1 },
		{ .child_fd = 2, .kind = LIBSPAWN_FD_SAME, .entry = 0 },
		{ .child_fd = 1, .kind = LIBSPAWN_FD_FROM, .parent_fd = 2 },
	};

	(void)state;
	EXPECT_TABLE(rows, { OP_FD_MOVE, 0, 1, 9 }, { OP_FD_SAVE, 1, 1, 2 },
		     { OP_FD_MOVE, 2, 2, 1 }, { OP_FD_RESTORE, 1, 1, 2 });
}

static void files_are_opened_as_the_row_says(void **state)
{
	struct libspawn_fd rows[] = {
		row_of(LIBSPAWN_FD_OPEN, 0),
		row_of(LIBSPAWN_FD_NULL, 1),
	};
	struct compiled compiled;
	const struct op *op;

	(void)state;
	rows[0].open_flags = O_WRONLY | O_CREAT | O_APPEND;
	rows[0].open_mode = 0640;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS, .fds = rows,
						 .fd_count = 2 });
	for (op = compiled.plan->ops; op->kind != OP_FD_OPEN;)
		op++;
	assert_ptr_equal(op->data, rows[0].path);
	assert_int_equal(op->value & (O_ACCMODE | O_CREAT | O_APPEND),
			 O_WRONLY | O_CREAT | O_APPEND);
	assert_int_equal(op->value & O_CLOEXEC, 0);
	assert_int_equal(op->fd, 0640);
	op++;
	assert_string_equal(op->data, "/dev/null");
	assert_int_equal(op->value & (O_ACCMODE | O_CREAT), O_RDWR);
	plan_free(&compiled);
}

static void an_inherited_table_closes_nothing(void **state)
{
	struct compiled compiled;
	uint32_t n;

	(void)state;
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){
			     OPTIONS, .flags = LIBSPAWN_INHERIT_FDS });
	for (n = 0; n < compiled.plan->op_count; n++)
		assert_int_not_equal(compiled.plan->ops[n].kind,
				     OP_CLOSE_OTHERS);
	plan_free(&compiled);
}

/* ---- Many -------------------------------------------------------------- */

static void a_table_of_the_most_rows_is_planned(void **state)
{
	const uint32_t count = LIBSPAWN_FDS_MAX;
	struct libspawn_fd *rows = calloc(count, sizeof *rows);
	struct compiled compiled;
	uint32_t n;

	(void)state;
	assert_non_null(rows);
	/* One cycle, each second row a copy of one before it. */
	for (n = 0; n < count; n++) {
		rows[n].child_fd = (int32_t)n;
		rows[n].kind = n % 2 ? LIBSPAWN_FD_SAME : LIBSPAWN_FD_FROM;
		rows[n].parent_fd = n % 2 ? 0 : (int32_t)((n + 2) % count);
		rows[n].entry = n % 2 ? n - 1 : 0;
	}
	plan_compile(&compiled, NULL,
		     &(struct libspawn_options){ OPTIONS, .fds = rows,
						 .fd_count = count });
	/* Each row, one put aside, and the four that are always there. */
	assert_int_equal(compiled.plan->op_count, count + 1 + 4);
	plan_free(&compiled);
	rows[count - 1].child_fd = 0;
	expect_refusal(&(struct libspawn_options){ OPTIONS, .fds = rows,
						   .fd_count = count },
		       EINVAL, LIBSPAWN_STEP_FD, (int)count - 1);
	free(rows);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_kind_with_its_fields_is_taken),
	cmocka_unit_test(a_number_that_is_no_kind_is_refused),
	cmocka_unit_test(a_field_that_a_kind_does_not_use_is_refused),
	cmocka_unit_test(a_spare_that_is_not_zero_is_refused),
	cmocka_unit_test(a_child_descriptor_below_zero_is_refused),
	cmocka_unit_test(a_source_below_zero_is_a_bad_descriptor),
	cmocka_unit_test(a_row_that_lacks_what_its_kind_needs_is_refused),
	cmocka_unit_test(a_file_is_not_opened_close_on_exec),
	cmocka_unit_test(a_row_is_the_same_as_one_that_makes_something),
	cmocka_unit_test(a_row_is_not_the_same_as_one_that_is_the_same),
	cmocka_unit_test(two_rows_of_any_kinds_for_one_number_are_refused),
	cmocka_unit_test(what_is_kept_is_a_row_behind_the_others),
	cmocka_unit_test(moves_files_copies_and_closes_come_in_this_order),
	cmocka_unit_test(a_swap_goes_by_one_descriptor_put_aside),
	cmocka_unit_test(a_descriptor_mapped_to_itself_is_kept),
	cmocka_unit_test(new_ends_are_moved_from_where_they_were_made),
	cmocka_unit_test(a_copy_takes_part_in_the_simultaneous_assignment),
	cmocka_unit_test(files_are_opened_as_the_row_says),
	cmocka_unit_test(an_inherited_table_closes_nothing),
	cmocka_unit_test(a_table_of_the_most_rows_is_planned),
};

UNIT_MAIN(tests)
