/* SPDX-License-Identifier: MIT */
/*
 * libspawn_start() for Python: one function that takes the options by the
 * names of their fields and flags, from one table, and gives the process or the
 * failure. It knows nothing of subprocess: that is Python's side of the package.
 * Nothing but the public header is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>
#include <stddef.h>

#include <libspawn.h>

/* What a value given for a field looks like in Python. */
enum shape {
	SHAPE_SWITCH, /* true or false: the flag alone */
	SHAPE_SIGNED, /* 32 bits */
	SHAPE_UNSIGNED,
	SHAPE_LONG,	 /* 64 bits, unsigned */
	SHAPE_TEXT,	 /* bytes without a NUL */
	SHAPE_TEXTS,	 /* a sequence of them */
	SHAPE_NUMBERS,	 /* a sequence of 32-bit numbers, signed or not */
	SHAPE_RLIMITS,	 /* of (resource, soft, hard) */
	SHAPE_TABLE,	 /* of (child_fd, kind, parent_fd, entry, path, ...) */
	SHAPE_PROGRAM,	 /* bytes: instructions of a seccomp filter */
};

struct field {
	const char *name;
	enum shape shape;
	size_t offset;
	size_t count; /* the offset of the list's length */
	uint64_t flag;
};

#define AT(name) offsetof(struct libspawn_options, name)
#define SWITCH(name, flag) { name, SHAPE_SWITCH, 0, 0, LIBSPAWN_##flag }
#define PLAIN(name, shape) { #name, SHAPE_##shape, AT(name), 0, 0 }
#define FLAGGED(name, shape, flag)                                             \
	{ #name, SHAPE_##shape, AT(name), 0, LIBSPAWN_##flag }
#define LIST(name, shape, count, flag)                                         \
	{ #name, SHAPE_##shape, AT(name), AT(count), flag }

static const struct field fields[] = {
	PLAIN(backend, UNSIGNED),
	PLAIN(signal_default, LONG),
	PLAIN(signal_ignore, LONG),
	FLAGGED(signal_mask, LONG, SIGNAL_MASK),
	FLAGGED(ambient_caps, LONG, AMBIENT_CAPS),
	FLAGGED(bounding_caps, LONG, BOUNDING_CAPS),
	PLAIN(unshare, LONG),
	FLAGGED(timer_slack, LONG, TIMER_SLACK),
	FLAGGED(program_fd, SIGNED, PROGRAM_FD),
	PLAIN(search, UNSIGNED),
	PLAIN(search_list, TEXT),
	PLAIN(env, TEXTS),
	PLAIN(cwd, TEXT),
	PLAIN(root, TEXT),
	FLAGGED(cwd_fd, SIGNED, CWD_FD),
	FLAGGED(umask, UNSIGNED, UMASK),
	LIST(fds, TABLE, fd_count, 0),
	FLAGGED(process_group, SIGNED, PROCESS_GROUP),
	FLAGGED(terminal_fd, SIGNED, TERMINAL_FD),
	FLAGGED(uid, UNSIGNED, UID),
	FLAGGED(gid, UNSIGNED, GID),
	LIST(groups, NUMBERS, group_count, LIBSPAWN_GROUPS),
	FLAGGED(securebits, UNSIGNED, SECUREBITS),
	FLAGGED(nice, SIGNED, NICE),
	LIST(rlimits, RLIMITS, rlimit_count, 0),
	LIST(cpus, NUMBERS, cpu_count, 0),
	FLAGGED(sched_policy, SIGNED, SCHEDULER),
	FLAGGED(sched_priority, SIGNED, SCHEDULER),
	FLAGGED(io_priority, UNSIGNED, IO_PRIORITY),
	FLAGGED(oom_score_adj, SIGNED, OOM_SCORE_ADJ),
	FLAGGED(cgroup_fd, SIGNED, CGROUP_FD),
	PLAIN(parent_death_signal, SIGNED),
	LIST(namespaces, NUMBERS, namespace_count, 0),
	FLAGGED(landlock_fd, SIGNED, LANDLOCK_FD),
	LIST(seccomp, PROGRAM, seccomp_count, 0),
	FLAGGED(busy_retry, UNSIGNED, BUSY_RETRY),
	SWITCH("inherit_fds", INHERIT_FDS),
	SWITCH("shell_fallback", SHELL_FALLBACK),
	SWITCH("default_signals", DEFAULT_SIGNALS),
	SWITCH("new_session", NEW_SESSION),
	SWITCH("controlling_terminal", CONTROLLING_TERMINAL),
	SWITCH("foreground", FOREGROUND),
	SWITCH("no_new_privs", NO_NEW_PRIVS),
	SWITCH("pidfd", PIDFD),
	SWITCH("allow_fork", ALLOW_FORK),
	SWITCH("detach", DETACH),
	SWITCH("cwd_before_ids", CWD_BEFORE_IDS),
};

enum { FIELDS = sizeof fields / sizeof fields[0], SENTENCE = 1024 };

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

/* Starts of this process through this module, by whatever interpreter. */
static atomic_ullong starts;

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

static const char *read_text(PyObject *value)
{
	char *text;

	return PyBytes_AsStringAndSize(value, &text, NULL) < 0 ? NULL : text;
}

static char *const *read_texts(struct call *call, PyObject *value)
{
	PyObject *list = read_sequence(call, value);
	Py_ssize_t n, count = list ? PyTuple_GET_SIZE(list) : 0;
	const char **texts = list ? take(call, count + 1, sizeof *texts) : NULL;

	for (n = 0; texts && n < count; n++) {
		texts[n] = read_text(PyTuple_GET_ITEM(list, n));
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
		PyErr_Format(PyExc_OverflowError, "%lld is out of range", given);
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
	case SHAPE_TEXT: *place = read_text(value); break;
	case SHAPE_TEXTS: *place = read_texts(call, value); break;
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
static int read_options(struct call *call, PyObject *options)
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

/* ---- Results ----------------------------------------------------------- */

static PyObject *tell_process(const struct call *call,
			      const struct libspawn_process *process)
{
	PyObject *ends = PyTuple_New(call->rows);
	Py_ssize_t n;

	for (n = 0; ends && n < call->rows; n++) {
		PyObject *end = PyLong_FromLong(call->ends[n]);

		if (!end)
			Py_CLEAR(ends);
		else
			PyTuple_SET_ITEM(ends, n, end);
	}
	return ends ? Py_BuildValue("(iisIIN)", process->pid, process->pidfd,
				    libspawn_backend_name(process->backend),
				    process->retries, process->fallbacks, ends)
		    : NULL;
}

static PyObject *tell_failure(const struct call *call,
			      const struct libspawn_error *error)
{
	char text[SENTENCE];

	libspawn_explain(text, sizeof text, error, call->program, call->argv,
			 &call->options);
	return Py_BuildValue("(isiiN)", error->code,
			     libspawn_step_name(error->step), error->index,
			     error->signal, PyUnicode_DecodeFSDefault(text));
}

static PyObject *start(struct call *call)
{
	struct libspawn_process process;
	struct libspawn_error error;
	int code;

	Py_BEGIN_ALLOW_THREADS
	code = libspawn_start(&process, call->program, call->argv,
			      &call->options, &error);
	Py_END_ALLOW_THREADS
	if (code)
		return tell_failure(call, &error);
	atomic_fetch_add(&starts, 1);
	return tell_process(call, &process);
}

PyDoc_STRVAR(start_doc,
"start(program, argv, /, **options)\n--\n\n"
"Start a program: libspawn_start(). Paths and arguments are bytes.\n\n"
"Return (pid, pidfd, backend, retries, fallbacks, ends), or the failure as\n"
"(errno, step, index, signal, sentence).");

static PyObject *spawn_start(PyObject *module, PyObject *args,
			     PyObject *options)
{
	struct call call = { 0 };
	PyObject *program, *argv, *told = NULL;

	(void)module;
	if (!PyArg_ParseTuple(args, "SO:start", &program, &argv))
		return NULL;
	call.kept = PyList_New(0);
	if (!call.kept)
		return NULL;
	call.program = read_text(program);
	call.argv = call.program ? read_texts(&call, argv) : NULL;
	if (call.argv && read_options(&call, options) == 0)
		told = start(&call);
	Py_DECREF(call.kept);
	return told;
}

PyDoc_STRVAR(count_doc,
"count()\n--\n\n"
"How many programs this process has started by start().");

static PyObject *spawn_count(PyObject *module, PyObject *none)
{
	(void)module;
	(void)none;
	return PyLong_FromUnsignedLongLong(atomic_load(&starts));
}

static PyMethodDef methods[] = {
	{ "start", (PyCFunction)(void (*)(void))spawn_start,
	  METH_VARARGS | METH_KEYWORDS, start_doc },
	{ "count", spawn_count, METH_NOARGS, count_doc },
	{ NULL, NULL, 0, NULL },
};

static int add_constants(PyObject *module)
{
	static const struct {
		const char *name;
		long value;
	} constants[] = {
		{ "FD_FROM", LIBSPAWN_FD_FROM },
		{ "FD_SAME", LIBSPAWN_FD_SAME },
		{ "FD_OPEN", LIBSPAWN_FD_OPEN },
		{ "FD_NULL", LIBSPAWN_FD_NULL },
		{ "FD_PIPE_READ", LIBSPAWN_FD_PIPE_READ },
		{ "FD_PIPE_WRITE", LIBSPAWN_FD_PIPE_WRITE },
		{ "FD_PTY", LIBSPAWN_FD_PTY },
		{ "FD_CLOSE", LIBSPAWN_FD_CLOSE },
		{ "SEARCH_LIST", LIBSPAWN_SEARCH_LIST },
	};
	size_t n;

	for (n = 0; n < sizeof constants / sizeof constants[0]; n++)
		if (PyModule_AddIntConstant(module, constants[n].name,
					    constants[n].value) < 0)
			return -1;
	return PyModule_AddStringConstant(module, "VERSION",
					  libspawn_version());
}

static PyModuleDef_Slot slots[] = {
	{ Py_mod_exec, (void *)add_constants },
#ifdef Py_mod_multiple_interpreters
	{ Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED },
#endif
#ifdef Py_mod_gil
	{ Py_mod_gil, Py_MOD_GIL_NOT_USED },
#endif
	{ 0, NULL },
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "libspawn._spawn",
	.m_doc = "libspawn_start(), by the names of its options.",
	.m_methods = methods,
	.m_slots = slots,
};

PyMODINIT_FUNC PyInit__spawn(void)
{
	return PyModuleDef_Init(&definition);
}
