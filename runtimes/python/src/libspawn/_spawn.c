/* SPDX-License-Identifier: MIT */
/*
 * libspawn_start() for Python: one function that gives the process or the
 * failure. It knows nothing of subprocess: that is the side of Python in the
 * package. Nothing but the public header is used.
 */
#include "_call.h"

#include <stdatomic.h>

enum { SENTENCE = 1024 };

/* Starts of this process through this module, by whatever interpreter. */
static atomic_ullong starts;

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

	Py_BEGIN_ALLOW_THREADS code = libspawn_start(
		&process, call->program, call->argv, &call->options, &error);
	Py_END_ALLOW_THREADS if (code) return tell_failure(call, &error);
	atomic_fetch_add(&starts, 1);
	return tell_process(call, &process);
}

PyDoc_STRVAR(
	start_doc,
	"start(program, argv, /, **options)\n--\n\n"
	"Start a program: libspawn_start(). Paths and arguments are bytes.\n\n"
	"Return (pid, pidfd, backend, retries, fallbacks, ends), or the "
	"failure as\n"
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
	call.program = call_text(program);
	call.argv = call.program ? call_texts(&call, argv) : NULL;
	if (call.argv && call_options(&call, options) == 0)
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
