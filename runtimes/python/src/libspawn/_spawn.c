/* SPDX-License-Identifier: MIT */
/*
 * libspawn_start() for Python: one function that gives the process or the
 * failure. It knows nothing of subprocess: that is the side of Python in the
 * package. Nothing but the public header is used.
 */
#include "_call.h"
#include "_constants.h"

#include <stdatomic.h>

enum { SENTENCE = 1024 };

/* Starts of this process through this module, by whatever interpreter. */
static atomic_ullong starts;

/* ---- Results ----------------------------------------------------------- */

static PyStructSequence_Field started_fields[] = {
	{ "pid", NULL },
	{ "pidfd", "or -1" },
	{ "backend", "its name" },
	{ "retries", NULL },
	{ "fallbacks", NULL },
	{ "ends", "the caller's, of each row of the table" },
	{ NULL, NULL },
};

static PyStructSequence_Desc started = {
	.name = "libspawn._spawn.Started",
	.doc = "What libspawn says of a start that succeeded.",
	.fields = started_fields,
	.n_in_sequence = 6,
};

/* Of a module, since each interpreter has its own. */
struct state {
	PyTypeObject *started;
};

static PyObject *tell_ends(const struct call *call)
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
	return ends;
}

static PyObject *tell_process(PyTypeObject *type, const struct call *call,
			      const struct libspawn_process *process)
{
	PyObject *told = PyStructSequence_New(type);
	PyObject *values[] = {
		PyLong_FromLong(process->pid),
		PyLong_FromLong(process->pidfd),
		PyUnicode_FromString(libspawn_backend_name(process->backend)),
		PyLong_FromUnsignedLong(process->retries),
		PyLong_FromUnsignedLong(process->fallbacks),
		tell_ends(call),
	};
	int n, failed = !told;

	for (n = 0; n < started.n_in_sequence; n++) {
		failed |= !values[n];
		if (told)
			PyStructSequence_SET_ITEM(told, n, values[n]);
		else
			Py_XDECREF(values[n]);
	}
	if (failed)
		Py_CLEAR(told);
	return told;
}

/* The sentence may have a name of any bytes in it, or a part of one. */
static PyObject *tell_failure(const struct libspawn_error *error,
			      const char *sentence)
{
	return Py_BuildValue(
		"(isiiN)", error->code, libspawn_step_name(error->step),
		error->index, error->signal,
		PyUnicode_DecodeUTF8(sentence, (Py_ssize_t)strlen(sentence),
				     "backslashreplace"));
}

static PyObject *start(PyTypeObject *type, struct call *call)
{
	struct libspawn_process process;
	struct libspawn_error error;
	char sentence[SENTENCE];
	PyThreadState *thread = PyEval_SaveThread();
	int code = libspawn_start(&process, call->program, call->argv,
				  &call->options, &error);

	/* It looks at files and processes too: that may take its time. */
	if (code)
		libspawn_explain(sentence, sizeof sentence, &error,
				 call->program, call->argv, &call->options);
	PyEval_RestoreThread(thread);
	if (code)
		return tell_failure(&error, sentence);
	atomic_fetch_add(&starts, 1);
	return tell_process(type, call, &process);
}

PyDoc_STRVAR(start_doc,
	     "start(program, argv, asked, options, /)\n--\n\n"
	     "Start a program: libspawn_start(). program: bytes; argv: str,\n"
	     "bytes and paths; asked: as subprocess has it (close_fds,\n"
	     "restore_signals, start_new_session, process_group, umask), and\n"
	     "by libspawn's names uid, gid, groups, cwd, env, search_list,\n"
	     "fds; options: all others, by their names. None is what is not\n"
	     "given, of each and of both.\n\n"
	     "Return Started(pid, pidfd, backend, retries, fallbacks, ends), "
	     "or the\n"
	     "failure as (errno, step, index, signal, sentence).");

static int read_options(struct call *call, PyObject *asked, PyObject *options)
{
	if (asked != Py_None && call_asked(call, asked) < 0)
		return -1;
	if (options != Py_None && call_options(call, options) < 0)
		return -1;
	if (!call->options.env)
		call->options.env = call_environment(call);
	return call->options.env ? 0 : -1;
}

static PyObject *spawn_start(PyObject *module, PyObject *args)
{
	struct state *state = PyModule_GetState(module);
	struct call call = { .options.size = sizeof call.options };
	PyObject *argv, *asked, *options, *told = NULL;

	if (!PyArg_ParseTuple(args, "yOOO:start", &call.program, &argv, &asked,
			      &options))
		return NULL;
	call.kept = PyList_New(0);
	if (!call.kept)
		return NULL;
	call.argv = call_texts(&call, argv);
	if (call.argv && read_options(&call, asked, options) == 0)
		told = start(state->started, &call);
	Py_DECREF(call.kept);
	return told;
}

PyDoc_STRVAR(encode_doc, "encode(path, /)\n--\n\n"
			 "os.fsencode(), which runs no Python for a str.");

static PyObject *spawn_encode(PyObject *module, PyObject *path)
{
	PyObject *bytes;

	(void)module;
	return PyUnicode_FSConverter(path, &bytes) ? bytes : NULL;
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
	{ "start", spawn_start, METH_VARARGS, start_doc },
	{ "encode", spawn_encode, METH_O, encode_doc },
	{ "count", spawn_count, METH_NOARGS, count_doc },
	{ NULL, NULL, 0, NULL },
};

static int fill(PyObject *module)
{
	struct state *state = PyModule_GetState(module);
	size_t n;

	state->started = PyStructSequence_NewType(&started);
	if (!state->started || PyModule_AddType(module, state->started) < 0)
		return -1;
	for (n = 0; n < CONSTANTS; n++)
		if (PyModule_AddIntConstant(module, constants[n].name,
					    constants[n].value) < 0)
			return -1;
	return PyModule_AddStringConstant(module, "VERSION",
					  libspawn_version());
}

static int visit_state(PyObject *module, visitproc visit, void *arg)
{
	struct state *state = PyModule_GetState(module);

	Py_VISIT(state->started);
	return 0;
}

static int clear_state(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	Py_CLEAR(state->started);
	return 0;
}

static PyModuleDef_Slot slots[] = {
	{ Py_mod_exec, (void *)fill },
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
	.m_size = sizeof(struct state),
	.m_methods = methods,
	.m_slots = slots,
	.m_traverse = visit_state,
	.m_clear = clear_state,
};

PyMODINIT_FUNC PyInit__spawn(void)
{
	return PyModuleDef_Init(&definition);
}
