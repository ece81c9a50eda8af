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

/* What a value given for a field looks like in Python. */
enum shape {
	SHAPE_SWITCH, /* true or false: the flag alone */
	SHAPE_SIGNED, /* 32 bits */
	SHAPE_UNSIGNED,
	SHAPE_LONG,    /* 64 bits, unsigned */
	SHAPE_TEXT,    /* bytes without a NUL */
	SHAPE_TEXTS,   /* a sequence of them */
	SHAPE_NUMBERS, /* a sequence of 32-bit numbers, signed or not */
	SHAPE_RLIMITS, /* of (resource, soft, hard) */
	SHAPE_TABLE,   /* of (child_fd, kind, parent_fd, entry, path, ...) */
	SHAPE_ID_MAPS, /* of (kinds, inside, outside, count) */
	SHAPE_MOUNTS,  /* of (kind, target, source, type, data, flags, mode) */
	SHAPE_PROGRAM, /* bytes: instructions of a seccomp filter */
};

struct field {
	const char *name;
	enum shape shape;
	size_t offset;
	size_t count; /* the offset of the list's length */
	uint64_t flag;
};

/* ---- _values.c --------------------------------------------------------- */

/* Keeps an object, whose reference it takes; the object, or NULL. */
PyObject *call_keep(struct call *call, PyObject *object);
/* Zeroed, for as long as the call lasts. */
void *call_take(struct call *call, Py_ssize_t count, size_t size);
/* A tuple of the call's own, or NULL. */
PyObject *call_sequence(struct call *call, PyObject *value);
/* Bytes without a NUL; NULL with an exception. */
const char *call_text(PyObject *value);
/* A sequence of str, bytes and paths, kept by the call. */
char *const *call_texts(struct call *call, PyObject *value);
/* This process's variables as they are now. */
char *const *call_environment(struct call *call);
/* An int of 32 bits, of either sign, as its bits. */
int call_number(PyObject *value, int64_t least, int64_t most, uint32_t *number);

/* ---- _lists.c ---------------------------------------------------------- */

/* The list of a field, whose length it writes too; NULL with an exception. */
void *call_list(struct call *call, const struct field *field, PyObject *value);

/* ---- _call.c ----------------------------------------------------------- */

/* None is as if the option were not there. 0, or -1 with an exception. */
int call_option(struct call *call, const char *name, PyObject *value);
/* Those of a dict. */
int call_options(struct call *call, PyObject *options);

/* ---- _asked.c ---------------------------------------------------------- */

/*
 * A tuple of what subprocess asks of each start: see start() in _spawn.c. 0, or
 * -1 with an exception.
 */
int call_asked(struct call *call, PyObject *asked);

#endif
