/* SPDX-License-Identifier: MIT */
/*
 * Reads the options by the names of their fields and flags, from one table.
 * What a value has to look like is in it; what it may be, the library says.
 */
#include "_fields.h"

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
	default: *place = call_list(call, field, value);
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
		return call_number(value, INT32_MIN, INT32_MAX, place);
	case SHAPE_UNSIGNED: return call_number(value, 0, UINT32_MAX, place);
	case SHAPE_LONG:
		*(uint64_t *)place = PyLong_AsUnsignedLongLong(value);
		return PyErr_Occurred() ? -1 : 0;
	default: return read_pointer(call, field, value);
	}
}

static const struct field *find_field(const char *name)
{
	size_t n;

	for (n = 0; n < FIELDS; n++)
		if (strcmp(name, fields[n].name) == 0)
			return &fields[n];
	PyErr_Format(PyExc_TypeError, "libspawn has no option '%s'", name);
	return NULL;
}

int call_option(struct call *call, const char *name, PyObject *value)
{
	const struct field *field;

	if (value == Py_None)
		return 0;
	field = find_field(name);
	return field ? read_field(call, field, value) : -1;
}

int call_options(struct call *call, PyObject *options)
{
	PyObject *key, *value;
	Py_ssize_t at = 0;

	if (!PyDict_Check(options)) {
		PyErr_SetString(PyExc_TypeError, "options are a dict");
		return -1;
	}
	while (PyDict_Next(options, &at, &key, &value)) {
		const char *name = PyUnicode_AsUTF8(key);

		if (!name || call_option(call, name, value) < 0)
			return -1;
	}
	return 0;
}
