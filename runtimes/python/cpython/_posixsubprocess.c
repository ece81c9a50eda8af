/* SPDX-License-Identifier: MIT */
/*
 * The module _posixsubprocess on libspawn: fork_exec() as subprocess.py calls
 * it in CPython 3.9 to 3.14, for trees of CPython (docs/vendoring.md).
 *
 * A start that fails is told as subprocess.py reads it: by a line in its error
 * pipe and a child that exits with 255. What must be known before a process
 * exists is an exception. Only a preexec_fn, Python between fork() and exec(),
 * forks: the file's last part.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All of it, static. Names of this file begin with py_: none is twice. */
#define LIBSPAWN_STATIC
#define LIBSPAWN_NO_OVERRIDE
#include "libspawn.c"

/* What subprocess.py wants to read after the errno: the exec, or before it. */
#if PY_VERSION_HEX >= 0x030D0000
#define PY_IN_CHDIR "noexec:chdir"
#else
#define PY_IN_CHDIR "noexec"
#endif
#define PY_BEFORE_EXEC "noexec"
#define PY_IN_EXEC ""

#if PY_VERSION_HEX < 0x030A0000
#define PyGC_Disable() 0
#endif

/* Linux >= 5.9. */
#ifdef SYS_close_range
#define PY_CLOSE_RANGE(first, last) syscall(SYS_close_range, first, last, 0)
#else
#define PY_CLOSE_RANGE(first, last) -1
#endif

/* Arguments: those that all versions have, and how many 3.9 and 3.10 have. */
enum { PY_HEAD_COUNT = 16, PY_OLD_COUNT = 21 };
enum { PY_FAILED = 255, PY_UNCHANGED = -1 };
/* The parent's ends of pipes. */
enum { PY_ENDS = 4 };

/* One call. What it points to lives as long as kept, a list. */
struct py_call {
	PyObject *kept;
	char **programs; /* to be tried in turn */
	char **argv;
	char **envp; /* NULL: the caller's, as preexec_fn leaves it */
	const char *cwd;
	int32_t streams[3]; /* for the child's 0, 1, 2, or PY_UNCHANGED */
	int32_t ends[PY_ENDS];
	int32_t report; /* subprocess.py's error pipe */
	int32_t *keep;	/* rising */
	uint32_t *groups;
	Py_ssize_t keep_count;
	Py_ssize_t group_count; /* or PY_UNCHANGED */
	uint32_t uid;		/* or PY_UNCHANGED, as the gid */
	uint32_t gid;
	int umask; /* or PY_UNCHANGED */
	int group; /* or PY_UNCHANGED */
	int closes_fds, restores_signals, makes_session;
	PyObject *preexec; /* or None */
};

/* ---- Reading ----------------------------------------------------------- */

/* Zeroed, with a zeroed element more than asked for. */
static void *py_take_memory(struct py_call *call, Py_ssize_t count, size_t size)
{
	PyObject *memory;
	int code;

	if ((size_t)count >= PY_SSIZE_T_MAX / size - 1)
		return PyErr_NoMemory();
	size *= (size_t)count + 1;
	memory = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)size);
	code = memory ? PyList_Append(call->kept, memory) : -1;
	Py_XDECREF(memory);
	if (code < 0)
		return NULL;
	return memset(PyByteArray_AS_STRING(memory), 0, size);
}

/* A str, bytes or path, as bytes without a NUL. */
static char *py_read_text(struct py_call *call, PyObject *value)
{
	PyObject *bytes;
	int code;

	if (!PyUnicode_FSConverter(value, &bytes))
		return NULL;
	code = PyList_Append(call->kept, bytes);
	Py_DECREF(bytes);
	return code < 0 ? NULL : PyBytes_AS_STRING(bytes);
}

/* A list of them with a NULL at its end. */
static char **py_read_texts(struct py_call *call, PyObject *list)
{
	Py_ssize_t n, count = PySequence_Size(list);
	char **texts =
		count < 0 ? NULL : py_take_memory(call, count, sizeof *texts);

	for (n = 0; texts && n < count; n++) {
		PyObject *item = PySequence_GetItem(list, n);

		texts[n] = item ? py_read_text(call, item) : NULL;
		Py_XDECREF(item);
		if (!texts[n])
			return NULL;
	}
	return texts;
}

/*
 * While the lock is released another thread may set one, which moves all. Where
 * there is no lock, or C code sets one, the second look may find more than the
 * first: it writes no further, and false is returned.
 */
static int py_copy_variables(char **variables, Py_ssize_t count, char *texts,
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

static char **py_copy_environ(struct py_call *call)
{
	Py_ssize_t count, size;
	char **variables, *texts;

	do {
		size = 0;
		for (count = 0; environ && environ[count]; count++)
			size += (Py_ssize_t)strlen(environ[count]) + 1;
		variables = py_take_memory(call, count, sizeof *variables);
		texts = variables ? py_take_memory(call, size, 1) : NULL;
		if (!texts)
			return NULL;
	} while (!py_copy_variables(variables, count, texts, (size_t)size));
	return variables;
}

static int py_read_keep(struct py_call *call, PyObject *fds)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(fds);
	long last = -1;

	call->keep = py_take_memory(call, count, sizeof *call->keep);
	if (!call->keep)
		return -1;
	for (n = 0; n < count; n++) {
		PyObject *item = PyTuple_GET_ITEM(fds, n);
		long fd = PyLong_Check(item) ? PyLong_AsLong(item) : -1;

		if (fd <= last || fd > INT_MAX) {
			PyErr_SetString(PyExc_ValueError,
					"bad value(s) in fds_to_keep");
			return -1;
		}
		call->keep[n] = (int32_t)(last = fd);
	}
	call->keep_count = count;
	return 0;
}

/* None and -1 stand for PY_UNCHANGED. */
static int py_read_id(PyObject *value, uint32_t *id)
{
	PyObject *index = value == Py_None ? NULL : PyNumber_Index(value);
	long long given = index ? PyLong_AsLongLong(index) : PY_UNCHANGED;

	Py_XDECREF(index);
	if (PyErr_Occurred())
		return -1;
	if (given < PY_UNCHANGED || given > UINT32_MAX) {
		PyErr_SetString(PyExc_OverflowError, "id out of range");
		return -1;
	}
	*id = (uint32_t)given;
	return 0;
}

static int py_read_group(PyObject *value, uint32_t *group)
{
	if (!PyLong_Check(value)) {
		PyErr_SetString(PyExc_TypeError, "groups are integers");
		return -1;
	}
	if (py_read_id(value, group) < 0) {
		PyErr_SetString(PyExc_ValueError, "invalid group id");
		return -1;
	}
	return 0;
}

/* From a tuple of our own: another thread may have the list. */
static int py_copy_groups(struct py_call *call, PyObject *groups)
{
	Py_ssize_t n, count = PyTuple_GET_SIZE(groups);

	if (count > LIBSPAWN_GROUPS_MAX) {
		PyErr_SetString(PyExc_ValueError, "too many groups");
		return -1;
	}
	call->groups = py_take_memory(call, count, sizeof *call->groups);
	for (n = 0; call->groups && n < count; n++)
		if (py_read_group(PyTuple_GET_ITEM(groups, n),
				  &call->groups[n]) < 0)
			return -1;
	call->group_count = count;
	return call->groups ? 0 : -1;
}

static int py_read_groups(struct py_call *call, PyObject *list)
{
	PyObject *groups;
	int code;

	call->group_count = PY_UNCHANGED;
	if (list == Py_None)
		return 0;
	if (!PyList_Check(list)) {
		PyErr_SetString(PyExc_TypeError, "groups are a list");
		return -1;
	}
	groups = PyList_AsTuple(list);
	code = groups ? py_copy_groups(call, groups) : -1;
	Py_XDECREF(groups);
	return code;
}

/* The arguments as they come; objects are read by py_read_objects(). */
struct py_objects {
	PyObject *argv, *programs, *keep, *cwd, *env, *gid, *groups, *uid;
};

static int py_read_tail(struct py_call *r, struct py_objects *o, PyObject *tail)
{
	int allow_vfork;

	r->group = PY_UNCHANGED;
	if (PyTuple_GET_SIZE(tail) == PY_OLD_COUNT - PY_HEAD_COUNT)
		return PyArg_ParseTuple(tail, "OOOiO:fork_exec", &o->gid,
					&o->groups, &o->uid, &r->umask,
					&r->preexec);
	return PyArg_ParseTuple(tail, "iOOOiOp:fork_exec", &r->group, &o->gid,
				&o->groups, &o->uid, &r->umask, &r->preexec,
				&allow_vfork);
}

static int py_read_head(struct py_call *r, struct py_objects *o, PyObject *head)
{
	return PyArg_ParseTuple(
		head, "OOpO!OOiiiiiiiipp:fork_exec", &o->argv, &o->programs,
		&r->closes_fds, &PyTuple_Type, &o->keep, &o->cwd, &o->env,
		&r->streams[0], &r->ends[0], &r->ends[1], &r->streams[1],
		&r->ends[2], &r->streams[2], &r->ends[3], &r->report,
		&r->restores_signals, &r->makes_session);
}

static int py_read_objects(struct py_call *call, const struct py_objects *given)
{
	if (call->closes_fds && call->report < 3) {
		PyErr_SetString(PyExc_ValueError, "errpipe_write must be >= 3");
		return -1;
	}
	if (py_read_keep(call, given->keep) < 0)
		return -1;
	call->programs = py_read_texts(call, given->programs);
	call->argv = call->programs ? py_read_texts(call, given->argv) : NULL;
	if (!call->argv)
		return -1;
	if (given->env != Py_None)
		call->envp = py_read_texts(call, given->env);
	else if (call->preexec == Py_None)
		call->envp = py_copy_environ(call);
	if (!call->envp && PyErr_Occurred())
		return -1;
	if (given->cwd != Py_None) {
		call->cwd = py_read_text(call, given->cwd);
		if (!call->cwd)
			return -1;
	}
	if (py_read_groups(call, given->groups) < 0 ||
	    py_read_id(given->gid, &call->gid) < 0)
		return -1;
	return py_read_id(given->uid, &call->uid);
}

static int py_read_call(struct py_call *call, PyObject *args)
{
	PyObject *head = PyTuple_GetSlice(args, 0, PY_HEAD_COUNT);
	PyObject *tail = PyTuple_GetSlice(args, PY_HEAD_COUNT, PY_SSIZE_T_MAX);
	struct py_objects given;
	int code = -1;

	if (head && tail && py_read_head(call, &given, head) &&
	    py_read_tail(call, &given, tail))
		code = py_read_objects(call, &given);
	Py_XDECREF(head);
	Py_XDECREF(tail);
	return code;
}

/* ---- Failures ---------------------------------------------------------- */

/* subprocess.py's line. One that can't be written is seen by nobody. */
static void py_report_errno(const struct py_call *call, int code,
			    const char *where)
{
	char line[64];
	int size = snprintf(line, sizeof line, "OSError:%x:%s", (unsigned)code,
			    where);

	if (write(call->report, line, (size_t)size) < 0)
		return;
}

/* A child that has failed, for who waits for one. */
static pid_t py_failed_child(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		_exit(PY_FAILED);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static PyObject *py_tell_pid(pid_t pid)
{
	return pid < 0 ? PyErr_SetFromErrno(PyExc_OSError)
		       : PyLong_FromLong(pid);
}

static PyObject *py_tell_failed_call(const struct py_call *call,
				     const struct libspawn_error *error)
{
	switch (error->step) {
	case LIBSPAWN_STEP_OPTIONS:
	case LIBSPAWN_STEP_BACKEND:
	case LIBSPAWN_STEP_MEMORY:
	case LIBSPAWN_STEP_REPORT:
	case LIBSPAWN_STEP_CREATE:
		errno = error->code;
		return PyErr_SetFromErrno(PyExc_OSError);
	case LIBSPAWN_STEP_ARGUMENTS:
	case LIBSPAWN_STEP_ENVIRONMENT:
	case LIBSPAWN_STEP_SEARCH:
	case LIBSPAWN_STEP_POSIX_SPAWN:
	case LIBSPAWN_STEP_EXEC:
		py_report_errno(call, error->code, PY_IN_EXEC);
		break;
	case LIBSPAWN_STEP_CWD:
		py_report_errno(call, error->code, PY_IN_CHDIR);
		break;
	default: py_report_errno(call, error->code, PY_BEFORE_EXEC);
	}
	return py_tell_pid(py_failed_child());
}

/* os.execvpe()'s rule: the first error is told that is not "missing". */
static int py_is_absent(int code)
{
	return code == 0 || code == ENOENT || code == ENOTDIR;
}

/* ---- Starting ---------------------------------------------------------- */

static void py_place_row(struct libspawn_options *options,
			 struct libspawn_fd *rows, int32_t child_fd,
			 int32_t parent_fd)
{
	uint32_t kind = parent_fd < 0 ? LIBSPAWN_FD_CLOSE : LIBSPAWN_FD_FROM;

	rows[options->fd_count++] = (struct libspawn_fd){
		.child_fd = child_fd,
		.kind = kind,
		.parent_fd = parent_fd < 0 ? 0 : parent_fd,
	};
}

static int py_is_named(const struct libspawn_options *options, int32_t fd)
{
	uint32_t n;

	for (n = 0; n < options->fd_count; n++)
		if (options->fds[n].child_fd == fd)
			return 1;
	return 0;
}

/* The streams, what is kept, and the parent's ends, which the child has not. */
static int py_fill_rows(struct py_call *call, struct libspawn_options *options)
{
	struct libspawn_fd *rows = py_take_memory(
		call, 3 + call->keep_count + PY_ENDS, sizeof *rows);
	Py_ssize_t n;

	options->fds = rows;
	for (n = 0; rows && n < 3; n++)
		if (call->streams[n] != PY_UNCHANGED)
			py_place_row(options, rows, (int32_t)n,
				     call->streams[n]);
	for (n = 0; rows && n < call->keep_count; n++) {
		int32_t fd = call->keep[n];

		/* subprocess.py keeps its pipe until exec, and no longer. */
		if (fd != call->report && (fd > 2 || !py_is_named(options, fd)))
			py_place_row(options, rows, fd, fd);
	}
	for (n = 0; rows && n < PY_ENDS; n++)
		if (call->ends[n] >= 0 && !py_is_named(options, call->ends[n]))
			py_place_row(options, rows, call->ends[n],
				     PY_UNCHANGED);
	return rows ? 0 : -1;
}

static uint64_t py_call_flags(const struct py_call *call)
{
	uint64_t flags = LIBSPAWN_CWD_BEFORE_IDS | LIBSPAWN_DEATH_IS_START;

	if (!call->closes_fds)
		flags |= LIBSPAWN_INHERIT_FDS;
	if (call->makes_session)
		flags |= LIBSPAWN_NEW_SESSION;
	if (call->group >= 0)
		flags |= LIBSPAWN_PROCESS_GROUP;
	if (call->umask >= 0)
		flags |= LIBSPAWN_UMASK;
	if (call->group_count >= 0)
		flags |= LIBSPAWN_GROUPS;
	if (call->gid != (uint32_t)PY_UNCHANGED)
		flags |= LIBSPAWN_GID;
	if (call->uid != (uint32_t)PY_UNCHANGED)
		flags |= LIBSPAWN_UID | LIBSPAWN_KEEP_GROUPS;
	return flags;
}

static void py_fill_call_options(const struct py_call *call,
				 struct libspawn_options *options)
{
	uint64_t flags = py_call_flags(call);

	options->size = sizeof *options;
	options->flags = flags;
	options->env = call->envp;
	options->cwd = call->cwd;
	if (call->restores_signals)
		options->signal_default = UINT64_C(1) << (SIGPIPE - 1) |
					  UINT64_C(1) << (SIGXFSZ - 1);
	if (flags & LIBSPAWN_PROCESS_GROUP)
		options->process_group = call->group;
	if (flags & LIBSPAWN_UMASK)
		options->umask = (uint32_t)call->umask & 0777;
	if (flags & LIBSPAWN_GROUPS) {
		options->groups = call->groups;
		options->group_count = (uint32_t)call->group_count;
	}
	if (flags & LIBSPAWN_GID)
		options->gid = call->gid;
	if (flags & LIBSPAWN_UID)
		options->uid = call->uid;
}

static const char *py_name_of(const char *program)
{
	const char *slash = strrchr(program, '/');

	return slash ? slash + 1 : program;
}

/* The size of a list of their directories; 0: it isn't one name in several. */
static size_t py_measure_directories(char *const programs[])
{
	size_t n, size = 0;

	for (n = 0; programs[n]; n++) {
		if (strcmp(py_name_of(programs[n]), py_name_of(programs[0])) !=
			    0 ||
		    strchr(programs[n], ':'))
			return 0;
		size += (size_t)(py_name_of(programs[n]) - programs[n]) + 1;
	}
	return n > 1 ? size : 0;
}

/* As in PATH: the directories, with colons between them. */
static void py_join_directories(char *list, char *const programs[])
{
	size_t n;

	for (n = 0; programs[n]; n++) {
		size_t length = (size_t)(py_name_of(programs[n]) - programs[n]);

		memcpy(list, programs[n], length);
		list += length;
		*list++ = programs[n + 1] ? ':' : '\0';
	}
}

/* Each of the programs, until one starts or something else is wrong. */
static int py_start_each(const struct py_call *call,
			 struct libspawn_process *process,
			 const struct libspawn_options *options,
			 struct libspawn_error *error)
{
	struct libspawn_error latest;
	size_t n;

	for (n = 0; call->programs[n]; n++) {
		if (libspawn_start(process, call->programs[n], call->argv,
				   options, &latest) == 0)
			return 0;
		if (n == 0 || py_is_absent(error->code))
			*error = latest;
		if (latest.step != LIBSPAWN_STEP_EXEC)
			break;
	}
	return error->code;
}

/* One start looks through all directories, where it can be said so. */
static int py_start_first(struct py_call *call,
			  struct libspawn_options *options,
			  struct libspawn_process *process,
			  struct libspawn_error *error)
{
	size_t size = py_measure_directories(call->programs);
	char *list = size ? py_take_memory(call, (Py_ssize_t)size, 1) : NULL;
	int code;

	if (size && !list)
		return -1;
	if (list) {
		py_join_directories(list, call->programs);
		options->search = LIBSPAWN_SEARCH_LIST;
		options->search_list = list;
	}
	Py_BEGIN_ALLOW_THREADS code =
		list ? libspawn_start(process, py_name_of(call->programs[0]),
				      call->argv, options, error)
		     : py_start_each(call, process, options, error);
	Py_END_ALLOW_THREADS return code;
}

static PyObject *py_start_call(struct py_call *call)
{
	struct libspawn_options options = { 0 };
	struct libspawn_process process;
	struct libspawn_error error;
	int code;

	py_fill_call_options(call, &options);
	if (py_fill_rows(call, &options) < 0)
		return NULL;
	code = py_start_first(call, &options, &process, &error);
	if (code < 0)
		return NULL;
	return code ? py_tell_failed_call(call, &error)
		    : py_tell_pid(process.pid);
}

/* ---- preexec_fn: a fork, and what libspawn's child does, by hand ------- */

static int py_is_moved(int32_t stream, int number)
{
	return stream >= 0 && stream < 3 && stream != number;
}

static int py_set_inherited(int32_t fd)
{
	return fcntl(fd, F_SETFD, 0);
}

static int py_place_streams(const struct py_call *call)
{
	int32_t from[3];
	int n;

	/* Out of the way of each other first. */
	for (n = 0; n < 3; n++) {
		from[n] = call->streams[n];
		if (py_is_moved(from[n], n))
			from[n] = fcntl(from[n], F_DUPFD_CLOEXEC, 3);
		if (from[n] < 0 && call->streams[n] >= 0)
			return -1;
	}
	for (n = 0; n < 3; n++)
		if (from[n] >= 0 &&
		    (from[n] == n ? py_set_inherited(n) : dup2(from[n], n)) < 0)
			return -1;
	return 0;
}

static int py_place_descriptors(const struct py_call *call)
{
	Py_ssize_t n;

	for (n = 0; n < call->keep_count; n++)
		if (call->keep[n] != call->report &&
		    py_set_inherited(call->keep[n]) < 0)
			return -1;
	for (n = 0; n < PY_ENDS; n++)
		if (call->ends[n] >= 0)
			close(call->ends[n]);
	return py_place_streams(call);
}

static int py_set_ids(const struct py_call *call)
{
	if (call->group_count >= 0 &&
	    setgroups((size_t)call->group_count, call->groups) < 0)
		return -1;
	if (call->gid != (uint32_t)PY_UNCHANGED &&
	    setregid(call->gid, call->gid) < 0)
		return -1;
	return call->uid == (uint32_t)PY_UNCHANGED
		       ? 0
		       : setreuid(call->uid, call->uid);
}

static int py_set_process(const struct py_call *call)
{
	if (call->umask >= 0)
		umask((mode_t)call->umask);
	if (call->restores_signals) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
	}
	if (call->makes_session && setsid() < 0)
		return -1;
	if (call->group >= 0 && setpgid(0, call->group) < 0)
		return -1;
	return py_set_ids(call);
}

/*
 * From first to before end, if that is not PY_UNCHANGED: by the kernel, else by
 * os.closerange(), which may go one by one.
 */
static int py_close_some(int32_t first, int32_t end, PyObject *closerange)
{
	unsigned last = end == PY_UNCHANGED ? UINT_MAX : (unsigned)end - 1;
	PyObject *none;

	if (first == end || PY_CLOSE_RANGE((unsigned)first, last) == 0)
		return 0;
	if (end == PY_UNCHANGED)
		end = (int32_t)sysconf(_SC_OPEN_MAX);
	none = PyObject_CallFunction(closerange, "ii", first, end);
	Py_XDECREF(none);
	return none ? 0 : -1;
}

/* All from 3 on that are not kept. */
static int py_close_others(const struct py_call *call, PyObject *closerange)
{
	int32_t first = 3;
	Py_ssize_t n;

	for (n = 0; n < call->keep_count; n++) {
		if (call->keep[n] < first)
			continue;
		if (py_close_some(first, call->keep[n], closerange) < 0)
			return -1;
		first = call->keep[n] + 1;
	}
	return py_close_some(first, PY_UNCHANGED, closerange);
}

static int py_run_python(const struct py_call *call, PyObject *closerange)
{
	PyObject *result = PyObject_CallObject(call->preexec, NULL);

	if (!result)
		return -1;
	Py_DECREF(result);
	return call->closes_fds ? py_close_others(call, closerange) : 0;
}

/* The errno. */
static int py_execute_each(const struct py_call *call)
{
	size_t n;
	int code = 0;

	for (n = 0; call->programs[n]; n++) {
		if (call->envp)
			execve(call->programs[n], call->argv, call->envp);
		else
			execv(call->programs[n], call->argv);
		if (py_is_absent(code))
			code = errno;
	}
	return code;
}

static void py_run_child(const struct py_call *call, PyObject *closerange)
{
	static const char raised[] =
		"SubprocessError:0:Exception occurred in preexec_fn.";

	(void)PyGC_Disable();
	if (py_place_descriptors(call) < 0)
		py_report_errno(call, errno, PY_BEFORE_EXEC);
	else if (call->cwd && chdir(call->cwd) < 0)
		py_report_errno(call, errno, PY_IN_CHDIR);
	else if (py_set_process(call) < 0)
		py_report_errno(call, errno, PY_BEFORE_EXEC);
	else if (py_run_python(call, closerange) < 0)
		(void)!write(call->report, raised, sizeof raised - 1);
	else
		py_report_errno(call, py_execute_each(call), PY_IN_EXEC);
}

static PyObject *py_fork_for_preexec(const struct py_call *call)
{
	PyObject *os, *closerange;
	pid_t pid;
	int code;

	if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
		PyErr_SetString(PyExc_RuntimeError, "preexec_fn not supported "
						    "within subinterpreters");
		return NULL;
	}
	os = PyImport_ImportModule("os");
	closerange = os ? PyObject_GetAttrString(os, "closerange") : NULL;
	Py_XDECREF(os);
	if (!closerange)
		return NULL;
	PyOS_BeforeFork();
	pid = fork();
	code = errno;
	if (pid == 0) {
		PyOS_AfterFork_Child();
		py_run_child(call, closerange);
		_exit(PY_FAILED);
	}
	PyOS_AfterFork_Parent();
	Py_DECREF(closerange);
	errno = code;
	return py_tell_pid(pid);
}

/* ---- The module -------------------------------------------------------- */

PyDoc_STRVAR(
	fork_exec_doc,
	"fork_exec(args, executable_list, close_fds, pass_fds, cwd, env,\n"
	"          p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,\n"
	"          errpipe_read, errpipe_write, restore_signals, call_setsid,\n"
	"          pgid_to_set, gid, extra_groups, uid, child_umask, "
	"preexec_fn,\n"
	"          allow_vfork)\n\n"
	"Start a program through libspawn, for subprocess.py. Without "
	"pgid_to_set and\n"
	"allow_vfork as before Python 3.11. Return the pid of a child that is "
	"to be\n"
	"waited for; what failed in it is told through errpipe_write.");

static PyObject *fork_exec(PyObject *module, PyObject *args)
{
	struct py_call call = { .kept = PyList_New(0) };
	PyObject *told = NULL;

	(void)module;
	if (!call.kept)
		return NULL;
	if (py_read_call(&call, args) == 0)
		told = call.preexec == Py_None ? py_start_call(&call)
					       : py_fork_for_preexec(&call);
	Py_DECREF(call.kept);
	return told;
}

static PyMethodDef py_methods[] = {
	{ "fork_exec", fork_exec, METH_VARARGS, fork_exec_doc },
	{ NULL, NULL, 0, NULL },
};

static PyModuleDef_Slot py_slots[] = {
#ifdef Py_mod_multiple_interpreters
	{ Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED },
#endif
#ifdef Py_mod_gil
	{ Py_mod_gil, Py_MOD_GIL_NOT_USED },
#endif
	{ 0, NULL },
};

static struct PyModuleDef py_definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "_posixsubprocess",
	.m_doc = "What subprocess starts programs by: libspawn.",
	.m_methods = py_methods,
	.m_slots = py_slots,
};

PyMODINIT_FUNC PyInit__posixsubprocess(void)
{
	return PyModuleDef_Init(&py_definition);
}
