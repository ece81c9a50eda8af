/* SPDX-License-Identifier: MIT */
/*
 * Lists of structs, from tuples that have their fields. What a list may be, the
 * library says.
 */
#include "_call.h"

static uint32_t *read_numbers(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	uint32_t *numbers = call_take(call, count, sizeof *numbers);

	for (n = 0; numbers && n < count; n++)
		if (call_number(PyTuple_GET_ITEM(list, n), INT32_MIN,
				UINT32_MAX, &numbers[n]) < 0)
			return NULL;
	return numbers;
}

/* None stands for the limit that is there; a negative one for infinity. */
static int read_limit(PyObject *value, uint64_t *limit, uint32_t *flags,
		      uint32_t keeps)
{
	long long given;

	if (value == Py_None) {
		*flags |= keeps;
		return 0;
	}
	given = PyLong_AsLongLong(value);
	if (given == -1 && PyErr_Occurred())
		return -1;
	*limit = given < 0 ? LIBSPAWN_RLIMIT_INFINITY : (uint64_t)given;
	return 0;
}

static struct libspawn_rlimit *read_rlimits(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	struct libspawn_rlimit *limits = call_take(call, count, sizeof *limits);

	for (n = 0; limits && n < count; n++) {
		struct libspawn_rlimit *limit = &limits[n];
		PyObject *soft, *hard;

		if (!PyArg_ParseTuple(PyTuple_GET_ITEM(list, n), "iOO",
				      &limit->resource, &soft, &hard) ||
		    read_limit(soft, &limit->soft, &limit->flags,
			       LIBSPAWN_RLIMIT_KEEP_SOFT) < 0 ||
		    read_limit(hard, &limit->hard, &limit->flags,
			       LIBSPAWN_RLIMIT_KEEP_HARD) < 0)
			return NULL;
	}
	return limits;
}

static int makes_end(uint32_t kind)
{
	return kind == LIBSPAWN_FD_PIPE_READ ||
	       kind == LIBSPAWN_FD_PIPE_WRITE || kind == LIBSPAWN_FD_PTY;
}

static struct libspawn_fd *read_table(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	struct libspawn_fd *rows = call_take(call, count, sizeof *rows);

	call->ends = rows ? call_take(call, count, sizeof *call->ends) : NULL;
	if (!call->ends)
		return NULL;
	for (n = 0; n < count; n++) {
		struct libspawn_fd *row = &rows[n];

		if (!PyArg_ParseTuple(PyTuple_GET_ITEM(list, n), "iI|iIyII",
				      &row->child_fd, &row->kind,
				      &row->parent_fd, &row->entry, &row->path,
				      &row->open_flags, &row->open_mode))
			return NULL;
		call->ends[n] = -1;
		if (makes_end(row->kind))
			row->parent_end = &call->ends[n];
	}
	call->rows = count;
	return rows;
}

/* For "O&": "I" would take any number, and of a larger one what is left. */
static int convert_unsigned(PyObject *value, void *number)
{
	return call_number(value, 0, UINT32_MAX, number) == 0;
}

static struct libspawn_id_map *read_id_maps(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	struct libspawn_id_map *maps = call_take(call, count, sizeof *maps);

	for (n = 0; maps && n < count; n++) {
		struct libspawn_id_map *map = &maps[n];

		if (!PyArg_ParseTuple(
			    PyTuple_GET_ITEM(list, n), "IO&O&O&", &map->kinds,
			    convert_unsigned, &map->inside, convert_unsigned,
			    &map->outside, convert_unsigned, &map->count))
			return NULL;
	}
	return maps;
}

/* An empty text is none. */
static const char *text_or_none(const char *text)
{
	return *text ? text : NULL;
}

static struct libspawn_mount *read_mounts(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	struct libspawn_mount *mounts = call_take(call, count, sizeof *mounts);

	for (n = 0; mounts && n < count; n++) {
		struct libspawn_mount *mount = &mounts[n];

		if (!PyArg_ParseTuple(PyTuple_GET_ITEM(list, n), "IyyyyIO&",
				      &mount->kind, &mount->target,
				      &mount->source, &mount->type,
				      &mount->data, &mount->flags,
				      convert_unsigned, &mount->mode))
			return NULL;
		mount->source = text_or_none(mount->source);
		mount->type = text_or_none(mount->type);
		mount->data = text_or_none(mount->data);
	}
	return mounts;
}

void *call_list(struct call *call, const struct field *field, PyObject *value)
{
	PyObject *list = call_sequence(call, value);

	if (!list)
		return NULL;
	*(uint32_t *)((char *)&call->options + field->count) =
		(uint32_t)PyTuple_GET_SIZE(list);
	switch (field->shape) {
	case SHAPE_RLIMITS: return read_rlimits(call, list);
	case SHAPE_TABLE: return read_table(call, list);
	case SHAPE_ID_MAPS: return read_id_maps(call, list);
	case SHAPE_MOUNTS: return read_mounts(call, list);
	default: return read_numbers(call, list);
	}
}
