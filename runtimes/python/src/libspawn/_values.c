/* SPDX-License-Identifier: MIT */
/* Values of Python's as C has them, and the memory of a call for them. */
#define _GNU_SOURCE
#include "_call.h"

#include <string.h>
#include <unistd.h>

PyObject *call_keep(struct call *call, PyObject *object)
{
	int code = object ? PyList_Append(call->kept, object) : -1;

	Py_XDECREF(object);
	return code < 0 ? NULL : object;
}

void *call_take(struct call *call, Py_ssize_t count, size_t size)
{
	Py_ssize_t bytes = (count ? count : 1) * (Py_ssize_t)size;
	PyObject *memory = PyByteArray_FromStringAndSize(NULL, bytes);

	if (!call_keep(call, memory))
		return NULL;
	return memset(PyByteArray_AS_STRING(memory), 0, (size_t)bytes);
}

PyObject *call_sequence(struct call *call, PyObject *value)
{
	return call_keep(call, PySequence_Tuple(value));
}

const char *call_text(PyObject *value)
{
	char *text;

	return PyBytes_AsStringAndSize(value, &text, NULL) < 0 ? NULL : text;
}

char *const *call_texts(struct call *call, PyObject *value)
{
	PyObject *list = call_sequence(call, value);
	Py_ssize_t n, count = list ? PyTuple_GET_SIZE(list) : 0;
	const char **texts =
		list ? call_take(call, count + 1, sizeof *texts) : NULL;

	for (n = 0; texts && n < count; n++) {
		PyObject *bytes;

		if (!PyUnicode_FSConverter(PyTuple_GET_ITEM(list, n), &bytes) ||
		    !call_keep(call, bytes))
			return NULL;
		texts[n] = PyBytes_AS_STRING(bytes);
	}
	return (char *const *)texts;
}

/* While the lock is released another thread may set one, which moves all. */
char *const *call_environment(struct call *call)
{
	Py_ssize_t n, count = 0, size = 0;
	char **variables, *texts;

	for (; environ && environ[count]; count++)
		size += (Py_ssize_t)strlen(environ[count]) + 1;
	variables = call_take(call, count + 1, sizeof *variables);
	texts = variables ? call_take(call, size, 1) : NULL;
	for (n = 0; texts && n < count; n++) {
		variables[n] = texts;
		texts = stpcpy(texts, environ[n]) + 1;
	}
	return texts ? variables : NULL;
}

int call_number(PyObject *value, int64_t least, int64_t most, uint32_t *number)
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
