/* SPDX-License-Identifier: MIT */
/* A call of libspawn_start() as it is read from Python's values. */
#ifndef LIBSPAWN_PYTHON_CALL_H
#define LIBSPAWN_PYTHON_CALL_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <libspawn.h>

/*
 * One call. What it points to is kept until it returns: lists as tuples of our
 * own, since another thread may change the caller's while the lock is released.
 */
struct call {
	const char *program;
	char *const *argv;
	struct libspawn_options options;
	int32_t *ends; /* of the rows of the table */
	Py_ssize_t rows;
	PyObject *kept; /* a list */
};

/* Bytes without a NUL; NULL with an exception. */
const char *call_text(PyObject *value);
/* A sequence of them, kept by the call. */
char *const *call_texts(struct call *call, PyObject *value);
/* None is as if the option were not there. 0, or -1 with an exception. */
int call_options(struct call *call, PyObject *options);

#endif
