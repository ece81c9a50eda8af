/* SPDX-License-Identifier: MIT */
/* Values of Python's as C has them, and the memory of a call for them. */
#define _GNU_SOURCE
#include "_call.h"

#include <string.h>
#ifdef __APPLE__
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#elif defined(__linux__)
#include <unistd.h>
#else
/* Weak: a library is linked without what the program itself has. */
extern char **environ __attribute__((weak));
#endif

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

/*
 * While the lock is released another thread may set one, which moves all. Where
 * there is no lock, or C code sets one, the second look may find more than the
 * first: it writes no further, and false is returned.
 */
static int copy_variables(char **variables, Py_ssize_t count, char *texts,
			  size_t room)
{
	Py_ssize_t n;

	for (n = 0; n < count && environ[n]; n++) {
		const char *variable = environ[n];
		size_t size = strlen(variable) + 1;

		if (size > room)
			return 0;
		variables[n] = memcpy(texts, variable, size);
		texts += size;
		room -= size;
	}
	return 1;
}

char *const *call_environment(struct call *call)
{
	Py_ssize_t count, size;
	char **variables, *texts;

	do {
		size = 0;
		for (count = 0; environ && environ[count]; count++)
			size += (Py_ssize_t)strlen(environ[count]) + 1;
		variables = call_take(call, count + 1, sizeof *variables);
		texts = variables ? call_take(call, size, 1) : NULL;
		if (!texts)
			return NULL;
	} while (!copy_variables(variables, count, texts, (size_t)size));
	return variables;
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
