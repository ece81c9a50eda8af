/* SPDX-License-Identifier: MIT */
/*
 * Reads the options by the names of their fields and flags, from one table.
 * What a value has to look like is in it; what it may be, the library says.
 */
#include "_call.h"

#include "_fields.h"

/* ---- Memory and values ------------------------------------------------- */

/* Keeps an object, whose reference it takes; the object, or NULL. */
static PyObject *keep(struct call *call, PyObject *object)
{
	int code = object ? PyList_Append(call->kept, object) : -1;

	Py_XDECREF(object);
	return code < 0 ? NULL : object;
}

/* Zeroed, for as long as the call lasts. */
static void *take(struct call *call, Py_ssize_t count, size_t size)
{
	Py_ssize_t bytes = (count ? count : 1) * (Py_ssize_t)size;
	PyObject *memory = PyByteArray_FromStringAndSize(NULL, bytes);

	if (!keep(call, memory))
		return NULL;
	return memset(PyByteArray_AS_STRING(memory), 0, (size_t)bytes);
}

/* A tuple of the call's own, or NULL. */
static PyObject *read_sequence(struct call *call, PyObject *value)
{
	return keep(call, PySequence_Tuple(value));
}

const char *call_text(PyObject *value)
{
	char *text;

	return PyBytes_AsStringAndSize(value, &text, NULL) < 0 ? NULL : text;
}

char *const *call_texts(struct call *call, PyObject *value)
{
	PyObject *list = read_sequence(call, value);
	Py_ssize_t n, count = list ? PyTuple_GET_SIZE(list) : 0;
	const char **texts = list ? take(call, count + 1, sizeof *texts) : NULL;

	for (n = 0; texts && n < count; n++) {
		texts[n] = call_text(PyTuple_GET_ITEM(list, n));
		if (!texts[n])
			return NULL;
	}
	return (char *const *)texts;
}

/* An int of 32 bits, of either sign, as its bits. */
static int read_number(PyObject *value, int64_t least, int64_t most,
		       uint32_t *number)
{
	long long given = PyLong_AsLongLong(value);

	if (given == -1 && PyErr_Occurred())
		return -1;
	if (given < least || given > most) {
		PyErr_Format(PyExc_OverflowError, "%lld is out of range",
			     given);
		return -1;
	}
	*number = (uint32_t)given;
	return 0;
}

static uint32_t *read_numbers(struct call *call, PyObject *list)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(list);
	uint32_t *numbers = take(call, count, sizeof *numbers);

	for (n = 0; numbers && n < count; n++)
		if (read_number(PyTuple_GET_ITEM(list, n), INT32_MIN,
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
	struct libspawn_rlimit *limits = take(call, count, sizeof *limits);

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
	struct libspawn_fd *rows = take(call, count, sizeof *rows);

	call->ends = rows ? take(call, count, sizeof *call->ends) : NULL;
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

/* ---- Options ----------------------------------------------------------- */

static void *read_list(struct call *call, const struct field *field,
		       PyObject *value)
{
	PyObject *list = read_sequence(call, value);

	if (!list)
		return NULL;
	*(uint32_t *)((char *)&call->options + field->count) =
		(uint32_t)PyTuple_GET_SIZE(list);
	switch (field->shape) {
	case SHAPE_RLIMITS: return read_rlimits(call, list);
	case SHAPE_TABLE: return read_table(call, list);
	default: return read_numbers(call, list);
	}
}

/* Bytes as the kernel has them: whole instructions. */
static const void *read_program(struct call *call, const struct field *field,
				PyObject *value)
{
	char *bytes;
	Py_ssize_t size;

	if (PyBytes_AsStringAndSize(value, &bytes, &size) < 0)
		return NULL;
	if (size % (Py_ssize_t)sizeof(struct libspawn_bpf) != 0) {
		PyErr_SetString(PyExc_ValueError,
				"a filter has 8 bytes for each instruction");
		return NULL;
	}
	*(uint32_t *)((char *)&call->options + field->count) =
		(uint32_t)((size_t)size / sizeof(struct libspawn_bpf));
	return bytes;
}

static int read_pointer(struct call *call, const struct field *field,
			PyObject *value)
{
	const void **place = (void *)((char *)&call->options + field->offset);

	switch (field->shape) {
	case SHAPE_TEXT: *place = call_text(value); break;
	case SHAPE_TEXTS: *place = call_texts(call, value); break;
	case SHAPE_PROGRAM: *place = read_program(call, field, value); break;
	default: *place = read_list(call, field, value);
	}
	return *place ? 0 : -1;
}

static int read_field(struct call *call, const struct field *field,
		      PyObject *value)
{
	void *place = (char *)&call->options + field->offset;
	int given = 1;

	if (field->shape == SHAPE_SWITCH)
		given = PyObject_IsTrue(value);
	if (given < 0)
		return -1;
	if (given)
		call->options.flags |= field->flag;
	switch (field->shape) {
	case SHAPE_SWITCH: return 0;
	case SHAPE_SIGNED:
		return read_number(value, INT32_MIN, INT32_MAX, place);
	case SHAPE_UNSIGNED: return read_number(value, 0, UINT32_MAX, place);
	case SHAPE_LONG:
		*(uint64_t *)place = PyLong_AsUnsignedLongLong(value);
		return PyErr_Occurred() ? -1 : 0;
	default: return read_pointer(call, field, value);
	}
}

static const struct field *find_field(PyObject *name)
{
	size_t n;

	for (n = 0; n < FIELDS; n++)
		if (PyUnicode_CompareWithASCIIString(name, fields[n].name) == 0)
			return &fields[n];
	PyErr_Format(PyExc_TypeError, "libspawn has no option %R", name);
	return NULL;
}

/* None is as if the option were not there. */
int call_options(struct call *call, PyObject *options)
{
	PyObject *name, *value;
	Py_ssize_t at = 0;

	call->options.size = sizeof call->options;
	while (options && PyDict_Next(options, &at, &name, &value)) {
		const struct field *field;

		if (value == Py_None)
			continue;
		field = find_field(name);
		if (!field || read_field(call, field, value) < 0)
			return -1;
	}
	return 0;
}
